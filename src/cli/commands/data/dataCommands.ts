import type { CommandGroup } from '../../command.ts';
import { convertCommand } from './convert.ts';
import { decontaminateCommand } from './decontaminate.ts';
import { inspectCommand } from './inspect.ts';
import { splitCommand } from './split.ts';
import { statsCommand } from './stats.ts';
import { validateCommand } from './validate.ts';

export const dataCommands: CommandGroup = {
  name: 'data',
  summary: 'Look at, check and convert files of pairs, prompts and answers',
  commands: [inspectCommand, statsCommand, validateCommand, convertCommand, splitCommand, decontaminateCommand],
  examples: [
    ['$0 data inspect pairs.jsonl.gz', 'What a file holds'],
    ['$0 data stats pairs.jsonl.gz', 'Counts, lengths and faults of pairs'],
  ],
};
