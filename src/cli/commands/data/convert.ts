import { UserError } from '../../../base/userError.ts';
import { defineCommand } from '../../command.ts';
import { FORCE } from './output.ts';
import { ADAPTER, PLACE } from './place.ts';

export const convertCommand = defineCommand({
  usage: 'convert <place> <out>',
  summary: 'Write rows in another format, as they are or as pairs, answers or prompts',
  positionals: {
    place: PLACE,
    out: {
      type: 'string',
      demandOption: true,
      describe: 'File to write; its name tells the format: .jsonl, .csv (also .gz), .parquet, .arrow',
    },
  },
  options: {
    to: {
      choices: ['rows', 'pairs', 'responses', 'prompts'] as const,
      default: 'rows' as const,
      describe: 'What to write; rows: as they are. Pairs and prompts in Arrow are tables that runs start from',
    },
    adapter: ADAPTER,
    'skip-bad': {
      type: 'string',
      requiresArg: true,
      describe: 'Leave bad rows out, instead of stopping, and write them to this file',
    },
    limit: { type: 'number', requiresArg: true, describe: 'Take the first rows only' },
    force: FORCE,
  },
  examples: [
    ['$0 data convert train.parquet train.jsonl.gz', 'The same rows in another format'],
    ['$0 data convert hh.jsonl.gz pairs.arrow --to pairs --skip-bad bad.jsonl', 'Transcripts as a table of pairs'],
    ['$0 data convert hh.jsonl.gz prompts.jsonl --to prompts --limit 1000', 'The prompts alone'],
  ],
  run: async (args, session) => {
    const { checkWhole } = await import('./checkWhole.ts');
    const { convertRows } = await import('./convertRows.ts');
    const { refuseOutput } = await import('./output.ts');
    const { countReasons } = await import('../../../../datasets/index.ts');
    const limit = args.limit === undefined ? undefined : checkWhole('--limit', args.limit, 1);
    await refuseOutput(args.out, args.force);
    if (args.to === 'rows' && args.adapter !== 'auto') {
      throw new UserError(
        'cli.usage',
        '--adapter: expected --to pairs, responses or prompts with it, found rows. Add one.',
      );
    }
    const { place, out, to, adapter, 'skip-bad': skipBad } = args;
    const report = await convertRows({ place, out, to, adapter, skipBad, limit }, session);
    const { rows, items, bad, reasons, adapters, warnings } = report;
    if (args.json) session.printJson({ place, out, to, rows, written: items, bad, reasons, adapters, warnings });
    else {
      for (const warning of warnings) session.note(warning);
      if (bad > 0) session.note(`Left out ${bad} of ${rows} rows (${countReasons(reasons)}): ${skipBad}`);
      session.print(`${items} ${to} of ${rows} rows\n${out}`);
    }
    return 0;
  },
});
