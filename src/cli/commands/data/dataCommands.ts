import type { CommandGroup } from '../../command.ts';
import { inspectCommand } from './inspect.ts';

export const dataCommands: CommandGroup = {
  name: 'data',
  summary: 'Look at, check and convert files of pairs, prompts and answers',
  commands: [inspectCommand],
  examples: [['$0 data inspect pairs.jsonl.gz', 'What a file holds']],
};
