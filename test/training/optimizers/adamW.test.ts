import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createAdamW } from '../../../src/training/index.ts';
import { describeGolden } from './describeGolden.ts';
import { initialWeights, startRun, valuesOf } from './goldenOptimizers.ts';

beforeAll(async () => {
  await startEngine();
});

describeGolden('adamw', 'torch.optim.AdamW');

test('its first step is the learning rate against the sign of the gradient', () => {
  const run = startRun({ name: 'adamw' }, 'eager');
  const before = valuesOf(run.parameters).get('vector')!;
  run.take(1, 0.5);
  const after = valuesOf(run.parameters).get('vector')!;
  after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeCloseTo(0.5, 6));
  run.dispose();
});

test('its moments are named after their weights, for checkpoints', () => {
  const optimizer = createAdamW(initialWeights());
  expect([...optimizer.state.keys()]).toEqual(['matrix.m', 'matrix.v', 'vector.m', 'vector.v', 'row.m', 'row.v']);
  optimizer.dispose();
});

test('options out of their range are refused by name', () => {
  const weights = initialWeights();
  expect(() => createAdamW(weights, { beta1: 1 })).toThrow(/createAdamW: beta1 must be .* got 1\./);
  expect(() => createAdamW(weights, { beta2: -0.1 })).toThrow(/createAdamW: beta2/);
  expect(() => createAdamW(weights, { epsilon: NaN })).toThrow(/createAdamW: epsilon must be .* got NaN\./);
  expect(() => createAdamW(weights, { weightDecay: -1 })).toThrow(RangeError);
});
