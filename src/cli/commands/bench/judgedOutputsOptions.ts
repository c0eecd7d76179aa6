import type { OptionTable } from '../../command.ts';
import { SAMPLING_OPTIONS } from './samplingOptions.ts';

/** Options of commands that have a judge compare two files of outputs, or what a policy answers with such a file. */
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
    describe:
      'Folder for annotations.json, and model_outputs.json of --policy; outputs judged there before are not judged again',
  },
  ...SAMPLING_OPTIONS,
  policy: {
    ...SAMPLING_OPTIONS.policy,
    describe:
      'In the place of --outputs: answers the instructions of --reference now; folder or hub:owner/name@revision; after a stop it goes on',
  },
  name: {
    type: 'string',
    requiresArg: true,
    describe: 'Of the model of --policy, in files and figures',
    defaultDescription: 'its folder, or place on the Hub',
  },
  'max-instances': {
    type: 'number',
    requiresArg: true,
    describe: 'Only the first instructions of --reference, as many as this, for a trial',
  },
  html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
} as const satisfies OptionTable;
