import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createSgd } from '../../../src/training/index.ts';
import { describeGolden } from './describeGolden.ts';
import { initialWeights } from './goldenOptimizers.ts';

beforeAll(async () => {
  await startEngine();
});

describeGolden('sgd', 'torch.optim.SGD');

test('it remembers nothing without momentum', () => {
  const [plain, heavy] = [createSgd(initialWeights()), createSgd(initialWeights(), { momentum: 0.9 })];
  expect(plain.state.size).toBe(0);
  expect([...heavy.state.keys()]).toEqual(['matrix.momentum', 'vector.momentum', 'row.momentum']);
  for (const optimizer of [plain, heavy]) optimizer.dispose();
});

test('options out of their range are refused by name', () => {
  const weights = initialWeights();
  expect(() => createSgd(weights, { momentum: -0.9 })).toThrow(/createSgd: momentum must be .* got -0\.9\./);
  expect(() => createSgd(weights, { weightDecay: NaN })).toThrow(/createSgd: weightDecay/);
  expect(() => createSgd(weights, { nesterov: true })).toThrow(/createSgd: nesterov needs a momentum/);
});
