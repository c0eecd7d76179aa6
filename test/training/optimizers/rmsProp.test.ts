import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createRmsProp } from '../../../src/training/index.ts';
import { describeGolden } from './describeGolden.ts';
import { initialWeights, startRun, valuesOf } from './goldenOptimizers.ts';

beforeAll(async () => {
  await startEngine();
});

describeGolden('rmsprop', 'torch.optim.RMSprop');

test('its first step is ten learning rates, as its mean square starts at zero', () => {
  const run = startRun({ name: 'rmsprop' }, 'eager');
  const before = valuesOf(run.parameters).get('vector')!;
  run.take(1, 0.05);
  const after = valuesOf(run.parameters).get('vector')!;
  after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeCloseTo(0.5, 6));
  run.dispose();
});

test('it keeps the last change only with momentum', () => {
  const [plain, heavy] = [createRmsProp(initialWeights()), createRmsProp(initialWeights(), { momentum: 0.9 })];
  expect([...plain.state.keys()]).toEqual(['matrix.square', 'vector.square', 'row.square']);
  expect([...heavy.state.keys()].slice(0, 2)).toEqual(['matrix.square', 'matrix.momentum']);
  for (const optimizer of [plain, heavy]) optimizer.dispose();
});

test('options out of their range are refused by name', () => {
  const weights = initialWeights();
  expect(() => createRmsProp(weights, { alpha: 1.5 })).toThrow(/createRmsProp: alpha must be .* got 1\.5\./);
  expect(() => createRmsProp(weights, { momentum: 1 })).toThrow(/createRmsProp: momentum/);
  expect(() => createRmsProp(weights, { epsilon: -1 })).toThrow(/createRmsProp: epsilon/);
  expect(() => createRmsProp(weights, { weightDecay: Infinity })).toThrow(RangeError);
});
