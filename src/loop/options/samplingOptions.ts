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
      sampler: z
        .enum(['native', 'openai-compatible'])
        .default('native')
        .describe('who draws: this process, or a server (vLLM, llama.cpp) that is given the weights of each round'),
      server: z
        .strictObject({
          baseURL: z.string().default('http://localhost:8000/v1').describe('address of its API, /v1 included'),
          apiKeyEnv: z
            .string()
            .min(1)
            .default('OPENAI_API_KEY')
            .describe('environment variable with its key, where it asks for one'),
          reload: z
            .string()
            .optional()
            .describe(
              'how it gets the weights of a round: an address, which is sent {"folder", "hash", "model"}, or a command, which ' +
                'finds them in NASHTUNE_CHECKPOINT, NASHTUNE_POLICY_HASH and NASHTUNE_MODEL; default: it is asked at once',
            ),
          waitSeconds: z.number().positive().default(600).describe('how long it may take until it serves them'),
          concurrency: count.default(32).describe('answers under way at once'),
          timeoutSeconds: z.number().positive().default(600).describe('for one answer'),
          maxDifference: z
            .number()
            .positive()
            .default(0.05)
            .describe('most that its log-probabilities may differ from ours: mean over tokens, nats'),
        })
        .prefault({})
        .describe('of sampler=openai-compatible'),
    })
    .prefault({});
}
