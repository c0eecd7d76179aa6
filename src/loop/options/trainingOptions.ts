import { z } from 'zod';

import { count } from './count.ts';

export interface TrainingDefaults {
  learningRate: number;
  optimizer?: 'adamw' | 'rmsprop' | 'adafactor' | 'lion' | 'sgd';
  schedule?: 'linear' | 'cosine' | 'constant';
  warmupRatio?: number;
  epochs?: number;
  batchSize?: number;
}

/** Options of the optimizer and of how a round's examples are computed. */
export function trainingOptions(defaults: TrainingDefaults) {
  const {
    learningRate,
    optimizer = 'adamw',
    schedule = 'linear',
    warmupRatio = 0.1,
    epochs = 1,
    batchSize = 8,
  } = defaults;
  return z
    .object({
      optimizer: z
        .enum(['adamw', 'rmsprop', 'adafactor', 'lion', 'sgd'])
        .default(optimizer)
        .describe('lion wants a tenth of the rate'),
      learningRate: z.number().positive().default(learningRate).describe('peak'),
      schedule: z
        .enum(['linear', 'cosine', 'constant'])
        .default(schedule)
        .describe('fall of the rate after the warm-up'),
      warmupRatio: z.number().min(0).max(1).default(warmupRatio).describe('share of the steps with rising rate'),
      epochs: count.default(epochs).describe('passes over the examples of a round'),
      batchSize: count.default(batchSize).describe('examples per step, a pair counts once'),
      microBatchSize: count
        .optional()
        .describe('examples computed at once, a divisor of batchSize; less needs less memory'),
      layout: z
        .enum(['padded', 'packed', 'shared-prompt'])
        .default('padded')
        .describe('rows of one sequence each, or filled with several; shared-prompt: a prompt once for both answers'),
      recompute: z.boolean().default(false).describe('compute activations again: less memory, a sixth more time'),
      clipNorm: z.number().positive().default(1).describe('largest norm of the gradients'),
      weightDecay: z.number().min(0).default(0).describe('decay of matrices'),
      checkpointEvery: count.default(20).describe('steps between checkpoints inside a round'),
    })
    .refine(({ batchSize: whole, microBatchSize = whole }) => whole % microBatchSize === 0, {
      path: ['microBatchSize'],
      error: 'must divide train.batchSize',
    })
    .prefault({});
}
