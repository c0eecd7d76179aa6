import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';

import { checkGoldenLoss } from '../losses/checkGoldenLoss.ts';
import { GOLDEN_LOSSES, readVectors } from '../losses/goldenVectors.ts';
import { computesAsTransformers } from '../models/computesAsTransformers.ts';
import { caseNames, GOLDEN_MODELS } from '../models/modelCases.ts';
import { describeGpu } from './describeGpu.ts';

await describeGpu('losses', () => {
  const losses = readVectors(GOLDEN_LOSSES).filter(({ kind }) => kind === 'loss');
  test.each(losses.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    tf.tidy(() => checkGoldenLoss(vector));
  });
});

await describeGpu('models', () => {
  describe.each(caseNames(GOLDEN_MODELS, 'generation'))('%s computes what transformers computes', (name) => {
    describe.each(['eager', 'xla'] as const)('mode %s', (mode) => {
      computesAsTransformers(join(GOLDEN_MODELS, name), mode);
    });
  });
});
