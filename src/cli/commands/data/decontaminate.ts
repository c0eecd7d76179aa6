import { UserError } from '../../../base/userError.ts';
import { defineCommand } from '../../command.ts';
import { FORCE } from './output.ts';
import { PLACE } from './place.ts';

export const decontaminateCommand = defineCommand({
  usage: 'decontaminate <place> <out>',
  summary: 'Leave out rows that share n-grams of words with an evaluation set',
  positionals: {
    place: PLACE,
    out: { type: 'string', demandOption: true, describe: 'File to write; its name tells the format' },
  },
  options: {
    against: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'Evaluation set: its prompts are searched for',
    },
    ngram: { type: 'number', requiresArg: true, default: 13, describe: 'Words in succession that must be the same' },
    threshold: {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: "Share of a prompt's words that a row may hold so; 0: none. Tulu 3: --ngram 8 --threshold 0.5",
    },
    fields: {
      type: 'string',
      requiresArg: true,
      describe: 'Columns to search, such as prompt,chosen',
      defaultDescription: 'all',
    },
    report: {
      type: 'string',
      requiresArg: true,
      describe: 'JSON Lines file of the rows left out, and what they share',
    },
    force: FORCE,
  },
  examples: [
    ['$0 data decontaminate pairs.jsonl clean.jsonl --against alpaca_eval.json', "GPT-3's rule: 13 words"],
    ['$0 data decontaminate in.arrow out.arrow --against gsm8k.jsonl --ngram 8 --threshold 0.5', "Tulu 3's rule"],
    ['$0 data decontaminate p.jsonl c.jsonl --against e.json --report left-out.jsonl', 'See what was left out'],
  ],
  run: async (args, session) => {
    const { checkWhole } = await import('./checkWhole.ts');
    const { decontaminateRows } = await import('./decontaminateRows.ts');
    const { refuseOutput } = await import('./output.ts');
    const ngram = checkWhole('--ngram', args.ngram, 1);
    const { place, out, against, threshold, report } = args;
    if (!(threshold >= 0 && threshold < 1)) {
      throw new UserError('cli.usage', `--threshold: expected a share from 0 to below 1, got ${threshold}.`);
    }
    for (const path of [out, ...(report === undefined ? [] : [report])]) await refuseOutput(path, args.force);
    const fields = args.fields?.split(',').map((field) => field.trim());
    const options = { place, out, against, ngram, threshold, fields, report };
    const { rows, kept, texts, matches } = await decontaminateRows(options, session);
    const dropped = rows - kept;
    if (args.json) session.printJson({ place, out, against, rows, kept, dropped, matches });
    else {
      const found = Object.keys(matches).length;
      session.print(
        `${kept} of ${rows} rows kept, ${dropped} left out: they hold ${found} of ${texts} prompts\n${out}`,
      );
    }
    return 0;
  },
});
