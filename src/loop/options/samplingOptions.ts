import { z } from 'zod';

import { count } from './count.ts';

export interface SamplingDefaults {
  /** Answers per prompt, K. */
  samples: number;
  /** Fewest that make sense. Default 2. */
  least?: number;
  /** Most that the method can use. Default: any number. */
  most?: number;
  temperature?: number;
  topP?: number;
}

/** Options of drawing answers from the policy. */
export function samplingOptions({ samples, least = 2, most = Infinity, temperature = 1, topP = 1 }: SamplingDefaults) {
  return z
    .object({
      samples: z.int().min(least).max(most).default(samples).describe('answers per prompt, K'),
      maxNewTokens: count.default(64).describe('longest answer, in tokens'),
      temperature: z.number().positive().default(temperature).describe('1 samples from the policy itself'),
      topP: z.number().positive().max(1).default(topP).describe('draw from the most likely tokens with this mass'),
      batchSize: count.default(64).describe('answers decoded together'),
    })
    .prefault({});
}
