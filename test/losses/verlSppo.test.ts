import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { verlSppo } from '../../losses/index.ts';
import type { VerlSppoInputs } from '../../losses/index.ts';
import { differentiate, evaluate, tensorsFrom } from './evaluate.ts';

const batch = { policyLogps: [-10, -20], refLogps: [-11, -19], seqRewards: [Math.log(3), 0] };
const loss = (eta: number) => (inputs: VerlSppoInputs) => verlSppo(inputs, { eta });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // Soft mean log((3 + 1)/2) = ln 2: targets ln 1.5 and -ln 2, log-ratios 1 and -1.
  const distances = [1 - Math.log(1.5), -1 + Math.LN2];
  for (const [i, value] of evaluate(loss(1), batch).entries()) expect(value).toBeCloseTo(distances[i]! ** 2, 5);
  const gradient = differentiate(loss(1), batch, ['policyLogps'])['policyLogps']!;
  for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(2 * distances[i]!, 5);
});

test('does not care about a constant added to all rewards', () => {
  const shifted = { ...batch, seqRewards: batch.seqRewards.map((reward) => reward + 4) };
  for (const [i, value] of evaluate(loss(2), shifted).entries())
    expect(value).toBeCloseTo(evaluate(loss(2), batch)[i]!, 5);
});

test('approaches the plain mean as eta gets small', () => {
  const eta = 1 / 1024;
  const alike = { policyLogps: [0, 0], refLogps: [0, 0], seqRewards: [1, 0] };
  for (const value of evaluate(loss(eta), alike)) expect(Math.sqrt(value) / eta).toBeCloseTo(0.5, 2);
});

test('stays finite at rewards of 10,000', () => {
  const extreme = { ...batch, seqRewards: [10_000, -10_000] };
  expect(evaluate(loss(1), extreme).every(Number.isFinite)).toBe(true);
  expect(differentiate(loss(1), extreme, ['policyLogps'])['policyLogps']!.every(Number.isFinite)).toBe(true);
});

test.each([0, -1, Number.NaN])('refuses eta %s', (eta) => {
  const run = (): unknown => verlSppo(tensorsFrom(batch) as VerlSppoInputs, { eta });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`verl_sppo: eta must be a positive finite number, got ${eta}.`);
});
