import { UserError } from '../../../base/userError.ts';
import { defineCommand } from '../../command.ts';
import { printable } from '../../drawing/printable.ts';
import { ADAPTER, PLACE } from './place.ts';

const CHOICES = ['auto', 'pairs', 'responses', 'prompts', 'samples', 'judgments', 'scores', 'logps'] as const;

export const validateCommand = defineCommand({
  usage: 'validate <place>',
  summary: 'Check every row; name the bad ones by file, line, field and reason',
  positionals: { place: PLACE },
  options: {
    as: {
      choices: CHOICES,
      default: 'auto' as const,
      describe: 'What each row should hold, or the table it should fit; auto: what most of the first rows do',
    },
    adapter: ADAPTER,
    limit: { type: 'number', requiresArg: true, default: 20, describe: 'Bad rows to list; all are counted' },
  },
  examples: [
    ['$0 data validate pairs.jsonl', 'The exit code is 2 when a row is bad'],
    ['$0 data validate round-01/samples.arrow --as samples', 'Against a table of a run'],
    ['$0 data validate pairs.jsonl --limit 1000 --json', 'Every problem, for a program'],
  ],
  run: async (args, session) => {
    const { checkWhole } = await import('./checkWhole.ts');
    const { countReasons, describeProblem, validateRows } = await import('../../../../datasets/index.ts');
    const { kindOf } = await import('./kinds.ts');
    const { place, adapter } = args;
    const maxProblems = checkWhole('--limit', args.limit, 0);
    const as = args.as === 'auto' ? await kindOf(place, adapter) : args.as;
    if (session.io.stderr.isTTY === true) session.status.update(`Checking ${place} ...`);
    const report = await validateRows(place, { as, adapter, maxProblems });
    session.status.clear();
    const { rows, good, bad, problems, reasons, warnings } = report;
    if (rows === 0) {
      throw new UserError('input.empty', `${place}: expected rows, found none. Name a file that has some.`);
    }
    if (args.json) session.printJson({ place, as, ...report });
    else {
      for (const problem of problems) {
        const { field, value, why } = problem;
        const isTold = field === undefined || value === undefined || why.includes(value);
        const found = isTold ? '' : ` [${field} is ${value}]`;
        session.print(printable(`${describeProblem(place, problem)}${found}`));
      }
      const listed = problems.length;
      const total = Object.values(reasons).reduce((sum, count) => sum + count, 0);
      if (total > listed) session.print(`and ${total - listed} more problems (--limit lists further)`);
      for (const warning of warnings) session.print(warning);
      const counts = bad === 0 ? '' : ` (${countReasons(reasons)})`;
      session.print(`${place}: ${good} of ${rows} rows are good ${as}, ${bad} are bad${counts}`);
    }
    return bad === 0 ? 0 : 2;
  },
});
