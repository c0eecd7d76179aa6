import type { CommandGroup } from '../../command.ts';
import { generateCommand, startupCommand, trainCommand } from './speed.ts';

export const benchCommands: CommandGroup = {
  name: 'bench',
  summary: 'Measure policies, judges and this machine',
  commands: [trainCommand, generateCommand, startupCommand],
  examples: [['$0 bench train', 'Tokens per second and memory of training']],
};
