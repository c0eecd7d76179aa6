import { UserError } from '../../../base/userError.ts';
import { defineCommand } from '../../command.ts';
import { printable } from '../../drawing/printable.ts';
import { ADAPTER, AS, PLACE } from './place.ts';

export const statsCommand = defineCommand({
  usage: 'stats <place>',
  summary: 'Count and measure pairs, answers or prompts; name what is wrong',
  positionals: { place: PLACE },
  options: {
    as: AS,
    adapter: ADAPTER,
    tokenizer: { type: 'string', requiresArg: true, describe: 'Folder of a tokenizer, to count tokens too' },
    limit: { type: 'number', requiresArg: true, describe: 'Read the first rows only' },
  },
  examples: [
    ['$0 data stats pairs.jsonl.gz', 'Counts, lengths, length bias, faults'],
    ['$0 data stats pairs.jsonl.gz --tokenizer ./my-model', 'Lengths in tokens too'],
    ['$0 data stats pairs.jsonl.gz --json', 'The same for a program'],
  ],
  run: async (args, session) => {
    const { checkWhole } = await import('./checkWhole.ts');
    const { datasetStatistics } = await import('./datasetStatistics.ts');
    const { loadTokenizer } = await import('../../../../datasets/index.ts');
    const limit = args.limit === undefined ? undefined : checkWhole('--limit', args.limit, 1);
    const tokenizer = args.tokenizer === undefined ? undefined : await loadTokenizer(args.tokenizer);
    const { adapter, as } = args;
    const statistics = await datasetStatistics(args.place, { as, adapter, limit, tokenizer }, session);
    if (statistics.rows === 0) {
      throw new UserError('input.empty', `${args.place}: expected rows, found none. Name a file that has some.`);
    }
    if (args.json) session.printJson(statistics);
    else {
      const { statisticsText } = await import('./statisticsText.ts');
      const { columns = 100, isTTY } = session.io.stdout;
      session.print(printable(statisticsText(statistics, { width: columns, plain: isTTY !== true })));
    }
    return 0;
  },
});
