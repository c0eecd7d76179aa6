import { z } from 'zod';

/** Options on what a judge's preferences count for, of recipes that take them step by step. */
export const preferenceOptions = {
  ties: z
    .enum(['drop', 'first'])
    .default('drop')
    .describe('equally good answers: left out and counted, or a win of the first one, as TRL has it'),
  missingEosPenalty: z
    .number()
    .min(0)
    .default(0)
    .describe('what an answer that was cut loses, in nats of the odds of winning; 20 decides against it'),
};
