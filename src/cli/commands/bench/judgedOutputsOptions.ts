import type { OptionTable } from '../../command.ts';

/** Options of commands that have a judge compare two files of outputs. */
export const JUDGED_OUTPUTS_OPTIONS = {
  outputs: { type: 'string', requiresArg: true, describe: "A model's outputs: JSON as AlpacaEval has it" },
  reference: {
    type: 'string',
    requiresArg: true,
    describe: "Outputs that they are compared with, or gpt4_turbo: AlpacaEval's baseline, fetched into --out",
  },
  judge: {
    type: 'string',
    requiresArg: true,
    default: 'default',
    describe: 'Who compares: folder, default, openai:<model>, policy:<folder>, verifier:<check> or panel:<a>,<b>',
  },
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder for annotations.json; outputs judged there before are not judged again',
  },
  html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
} as const satisfies OptionTable;
