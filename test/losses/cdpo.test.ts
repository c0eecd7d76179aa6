import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { cdpo, dpo } from '../../losses/index.ts';
import type { CdpoOptions, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const loss = (options: CdpoOptions) => (inputs: PairLogps) => cdpo(inputs, options);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO at a smoothing of 0, and DPO with that smoothing otherwise', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0, 0.125, 0.5), (batch, labelSmoothing) => {
      const same = (inputs: PairLogps): tf.Tensor =>
        dpo(inputs, labelSmoothing === 0 ? { beta: 0.2 } : { beta: 0.2, labelSmoothing });
      expect(valuesOf(loss({ beta: 0.2, labelSmoothing }), batch)).toEqual(valuesOf(same, batch));
    }),
    PROPERTY,
  );
});

test('is least where sigmoid(beta z) = 1 - e, with the entropy of the labels as its value', () => {
  // e = 1/4, beta = 1/2: sigmoid(z/2) = 3/4 at z = 2 ln 3. There the loss is the entropy of a 3:1 coin, gradient 0.
  const fn = loss({ beta: 0.5, labelSmoothing: 0.25 });
  const best = pairAt(2 * Math.log(3), 0);
  expect(valuesOf(fn, best)[0]).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25), 6);
  expect(gradientsOf(fn, best, ['policyChosenLogps'])['policyChosenLogps']![0]).toBeCloseTo(0, 6);
  expect(gradientsOf(fn, pairAt(3, 0), ['policyChosenLogps'])['policyChosenLogps']![0]).toBeGreaterThan(0);
  expect(gradientsOf(fn, pairAt(2, 0), ['policyChosenLogps'])['policyChosenLogps']![0]).toBeLessThan(0);
});

test('asks for the label smoothing under its own name', () => {
  const inputs = tensorsOf(pairAt(0, 0)) as PairLogps;
  const missing = (): unknown => cdpo(inputs, { beta: 0.1 } as CdpoOptions);
  expect(missing).toThrow('cdpo: labelSmoothing must be a number from 0 to 0.5, got undefined.');
});
