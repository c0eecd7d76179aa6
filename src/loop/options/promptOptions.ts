import { z } from 'zod';

import { count } from './count.ts';

/** Options on the prompts of a run: where they are, how they are read, which of them a round takes. */
export function promptOptions() {
  return {
    prompts: z.string().describe('prompts or preference pairs: .jsonl, .json, .parquet, .arrow, also gzipped'),
    limit: count.optional().describe('use the first rows only'),
    adapter: z
      .union([z.string(), z.record(z.string(), z.string())])
      .default('auto')
      .describe('format of the rows: auto, its name, or paths of fields such as {"prompt": "data.question"}'),
    skipBad: z.string().optional().describe('file for rows without a prompt; default: they stop the run'),
    promptsPerRound: count.optional().describe('prompts of each round; default: all prompts in every round'),
    order: z
      .enum(['fresh', 'reused', 'curriculum'])
      .default('fresh')
      .describe(
        'which prompts a round takes: the next ones, the same ones, or those whose answers differed most in the last round',
      ),
    evaluation: z
      .string()
      .optional()
      .describe('held-out prompts to measure each round on; default: the first of data.prompts'),
    evaluationPrompts: count.default(256).describe('how many of them'),
    format: z
      .enum(['auto', 'chat', 'transcript'])
      .default('auto')
      .describe('chat: by the chat template; transcript: plain text as in HH files; auto: as the file'),
    longPrompts: z
      .enum(['drop', 'truncate-left', 'error'])
      .default('drop')
      .describe('prompts that leave no room for an answer'),
  };
}
