import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { bcoPair } from '../../losses/index.ts';
import type { BcoPairOptions, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (options: BcoPairOptions) => (inputs: PairLogps) => bcoPair(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('classifies each response by itself: the threshold takes from one reward what it gives the other', () => {
  // beta = 1/2, delta = 1: rewards 3 and -1 lie 2 above and 2 below it, which costs log(1 + e^-2) each.
  const fn = loss({ beta: 0.5, delta: 1 });
  expect(valuesOf(fn, pairAt(6, -2))[0]).toBeCloseTo(2 * Math.log1p(Math.exp(-2)), 6);
  expect(gradientsOf(fn, pairAt(6, -2), ['policyChosenLogps'])).toEqual(
    gradientsOf(fn, pairAt(6, 20), ['policyChosenLogps']),
  );
});

test('has a threshold of 0 unless told otherwise', () => {
  fc.assert(
    fc.property(randomPairs(4), (batch) => {
      expect(valuesOf(loss({ beta: 0.25 }), batch)).toEqual(valuesOf(loss({ beta: 0.25, delta: 0 }), batch));
    }),
    PROPERTY,
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, '1'])('refuses the threshold %s', (delta) => {
  const run = (): unknown =>
    bcoPair(tensorsOf(pairAt(0, 0)) as PairLogps, { beta: 0.1, delta } as unknown as BcoPairOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(`bco_pair: delta must be a finite number, got ${delta}.`);
});
