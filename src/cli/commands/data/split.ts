import { defineCommand } from '../../command.ts';
import { PLACE } from './place.ts';

export const splitCommand = defineCommand({
  usage: 'split <place>',
  summary: 'Divide rows into files such as train and test; rows of one prompt stay together',
  positionals: { place: PLACE },
  options: {
    shares: {
      type: 'string',
      requiresArg: true,
      describe: 'Part of the rows for each file, such as train=0.95,test=0.05',
    },
    counts: {
      type: 'string',
      requiresArg: true,
      describe: 'Rows of each file, such as test=500; all others go to train',
    },
    out: { type: 'string', requiresArg: true, demandOption: true, describe: 'New folder for the files' },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Seed of the division' },
    key: {
      type: 'string',
      requiresArg: true,
      default: 'prompt',
      describe: 'What keeps rows together: prompt, or the name of a column',
    },
  },
  examples: [
    ['$0 data split pairs.jsonl --shares train=0.95,test=0.05 --out split', 'split/train.jsonl and split/test.jsonl'],
    ['$0 data split pairs.parquet --counts test=500 --seed 2 --out split', '500 rows to test on'],
    ['$0 data split pairs.jsonl --shares a=0.5,b=0.5 --key subset --out halves', 'Rows of one subset stay together'],
  ],
  run: async (args, session) => {
    const { parseSizes } = await import('./parseSizes.ts');
    const { splitRows } = await import('./splitRows.ts');
    const sizes = parseSizes(args.shares, args.counts);
    const { place, out, key, seed } = args;
    const { rows, files, short } = await splitRows({ place, out, key, seed, sizes }, session);
    if (args.json) session.printJson({ place, out, rows, files });
    else {
      for (const { path, rows: own } of Object.values(files)) session.print(`${path}  ${own} of ${rows} rows`);
      for (const text of short) session.note(text);
    }
    return 0;
  },
});
