import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, rdpo } from '../../losses/index.ts';
import type { PairLengths, PairLogps, RdpoOptions } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

type Inputs = PairLogps & PairLengths;
const loss = (alpha: number) => (inputs: Inputs) => rdpo(inputs, { beta: 0.5, alpha });
const pull = (alpha: number, chosenLengths: number, rejectedLengths: number): number =>
  -gradientsOf(loss(alpha), pairAt(1, 0, { chosenLengths, rejectedLengths }), ['policyChosenLogps'])[
    'policyChosenLogps'
  ]![0]!;
const plain = (inputs: PairLogps): tf.Tensor => dpo(inputs, { beta: 0.5 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is DPO for responses of equal length, and without weight on length', () => {
  fc.assert(
    fc.property(randomPairs(4, ['chosenLengths', 'rejectedLengths']), (batch) => {
      const equal = { ...batch, rejectedLengths: batch['chosenLengths']! };
      expect(valuesOf(loss(0.125), equal)).toEqual(valuesOf(plain, batch));
      expect(valuesOf(loss(0), batch)).toEqual(valuesOf(plain, batch));
    }),
    PROPERTY,
  );
});

test('is ln 2 where the margin is alpha per token of difference', () => {
  // beta z = 1/2 = alpha (12 - 8).
  expect(valuesOf(loss(0.125), pairAt(1, 0, { chosenLengths: 12, rejectedLengths: 8 }))[0]).toBeCloseTo(Math.LN2, 6);
});

test('pulls pairs with a longer chosen response more with alpha > 0, and less, as in the paper, with alpha < 0', () => {
  expect(pull(0.125, 20, 10)).toBeGreaterThan(pull(0.125, 10, 20) + 0.1);
  expect(pull(-0.125, 20, 10)).toBeLessThan(pull(-0.125, 10, 20) - 0.1);
});

test.each([Number.NaN, undefined])('refuses alpha %s', (alpha) => {
  const inputs = tensorsOf(pairAt(0, 0, { chosenLengths: 1, rejectedLengths: 1 })) as Inputs;
  const run = (): unknown => rdpo(inputs, { beta: 0.1, alpha } as RdpoOptions);
  expect(run).toThrow(`rdpo: alpha must be a finite number, got ${alpha}.`);
});
