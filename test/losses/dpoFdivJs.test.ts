import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { dpo, dpoFdivJs } from '../../losses/index.ts';
import type { DivergenceOptions, PairLogps } from '../../losses/index.ts';
import { gradientsOf, pairAt, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (options: DivergenceOptions) => (inputs: PairLogps) => dpoFdivJs(inputs, options);
const plain = (options: DivergenceOptions) => (inputs: PairLogps) => dpo(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO where both responses have become unlikely, label smoothing included', () => {
  for (const options of [{ beta: 0.5 }, { beta: 0.5, labelSmoothing: 0.25 }]) {
    expect(valuesOf(loss(options), pairAt(-30, -33))[0]).toBeCloseTo(valuesOf(plain(options), pairAt(-30, -33))[0]!, 6);
  }
});

test('gains nothing by a chosen response that is far likelier than under the reference', () => {
  const fn = loss({ beta: 0.5 });
  expect(gradientsOf(fn, pairAt(40, 0), ['policyChosenLogps'])['policyChosenLogps']![0]).toBeCloseTo(0, 12);
  expect(valuesOf(fn, pairAt(40, 40))[0]).toBeCloseTo(Math.LN2, 6);
});

test('refuses label smoothing beyond one half', () => {
  const inputs = tensorsOf(pairAt(0, 0)) as PairLogps;
  expect(() => dpoFdivJs(inputs, { beta: 0.1, labelSmoothing: 0.6 })).toThrow(
    'dpo_fdiv_js: labelSmoothing must be a number from 0 to 0.5, got 0.6.',
  );
});
