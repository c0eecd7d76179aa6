import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { klMetrics } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const policy = [
  [-1, -2, Number.NaN],
  [-0.5, -1.5, -3],
];
const reference = [
  [-1.5, -1, -7],
  [-0.5, -2.5, -2],
];
const mask = [
  [1, 1, 0],
  [1, 1, 1],
];

const metricsOf = (rows: readonly number[]): Record<string, number> =>
  tf.tidy(() => {
    const pick = (table: number[][]): tf.Tensor => tf.tensor2d(rows.map((row) => table[row]!));
    const metrics = klMetrics({ policyTokenLogps: pick(policy), refTokenLogps: pick(reference), mask: pick(mask) });
    return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]!]));
  });

const k3 = (ratio: number): number => Math.exp(-ratio) - 1 + ratio;

test('sum over the tokens of a response, or weigh every token of the batch alike; padding does not count', () => {
  // log pi - log pi_ref of the counted tokens.
  const ratios = [
    [0.5, -1],
    [0, 1, -1],
  ];
  const sums = (of: (ratio: number) => number): number[] => ratios.map((row) => row.reduce((sum, r) => sum + of(r), 0));
  const [k1Sums, k3Sums] = [sums((r) => r), sums(k3)];
  const found = metricsOf([0, 1]);
  expect(found['kl/k1']).toBeCloseTo((k1Sums[0]! + k1Sums[1]!) / 2, 6);
  expect(found['kl/k3']).toBeCloseTo((k3Sums[0]! + k3Sums[1]!) / 2, 5);
  expect(found['kl/k1_per_token']).toBeCloseTo((k1Sums[0]! + k1Sums[1]!) / 5, 6);
  expect(found['kl/k3_per_token']).toBeCloseTo((k3Sums[0]! + k3Sums[1]!) / 5, 5);
});

test('of a batch are those of its pieces, weighed by responses or by tokens', () => {
  const [whole, first, second] = [metricsOf([0, 1]), metricsOf([0]), metricsOf([1])];
  expect(whole['kl/k3']).toBeCloseTo((first['kl/k3']! + second['kl/k3']!) / 2, 5);
  const joined = (2 * first['kl/k3_per_token']! + 3 * second['kl/k3_per_token']!) / 5;
  expect(whole['kl/k3_per_token']).toBeCloseTo(joined, 5);
});
