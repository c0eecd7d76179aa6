import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createLion } from '../../../src/training/index.ts';
import { describeGolden } from './describeGolden.ts';
import { initialWeights, startRun, valuesOf } from './goldenOptimizers.ts';

beforeAll(async () => {
  await startEngine();
});

describeGolden('lion', 'Algorithm 2 of its paper');

test('every step moves each weight by the learning rate, whatever the size of the gradient', () => {
  const run = startRun({ name: 'lion' }, 'eager');
  for (let at = 1; at <= 3; at++) {
    const before = valuesOf(run.parameters).get('matrix')!;
    run.take(at, 0.25);
    const after = valuesOf(run.parameters).get('matrix')!;
    after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeCloseTo(0.25, 6));
  }
  run.dispose();
});

test('it keeps one number per weight', () => {
  const optimizer = createLion(initialWeights());
  expect([...optimizer.state.keys()]).toEqual(['matrix.m', 'vector.m', 'row.m']);
  optimizer.dispose();
});

test('options out of their range are refused by name', () => {
  const weights = initialWeights();
  expect(() => createLion(weights, { beta1: 1 })).toThrow(/createLion: beta1 must be .* got 1\./);
  expect(() => createLion(weights, { beta2: NaN })).toThrow(/createLion: beta2/);
  expect(() => createLion(weights, { weightDecay: -0.5 })).toThrow(RangeError);
});
