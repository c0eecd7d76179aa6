import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, inpo, ipoSum } from '../../losses/index.ts';
import type { InpoInputs, InpoOptions, PairLogps } from '../../losses/index.ts';
import { PROPERTY, gradientsOf, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const LAST = ['lastChosenLogps', 'lastRejectedLogps'];
const loss = (options: InpoOptions) => (inputs: InpoInputs) => inpo(inputs, options);
const ipo = (inputs: PairLogps): tf.Tensor => ipoSum(inputs, { beta: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value and gradient derived by hand', () => {
  // eta = 1/8, tau/eta = 1/4. Gaps: policy (2 - 40) - (1 - 50) = 11, reference 10, last (-38) - (-52) = 14.
  // h = 11 - 10/4 - 3/4 * 14 = -2, target 4: the loss is 36 and the gradient -/+ 12.
  const pair = pairAt(2, 1, { lastChosenLogps: -38, lastRejectedLogps: -52 });
  const fn = loss({ eta: 0.125, tauOverEta: 0.25 });
  expect(valuesOf(fn, pair)).toEqual([36]);
  expect(gradientsOf(fn, pair, ['policyChosenLogps', 'policyRejectedLogps'])).toEqual({
    policyChosenLogps: [-12],
    policyRejectedLogps: [12],
  });
});

test('is summed IPO with beta = eta where tau = eta, whatever the previous iterate', () => {
  fc.assert(
    fc.property(randomPairs(4, LAST), (batch) => {
      expect(valuesOf(loss({ eta: 0.125, tau: 0.125 }), batch)).toEqual(valuesOf(ipo, batch));
    }),
    PROPERTY,
  );
});

test('is summed IPO in the first round, where the previous iterate is the reference, whatever tau', () => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0, 1 / 3, 0.7, 1), (batch, tauOverEta) => {
      const first = {
        ...batch,
        lastChosenLogps: batch['refChosenLogps']!,
        lastRejectedLogps: batch['refRejectedLogps']!,
      };
      expect(valuesOf(loss({ eta: 0.125, tauOverEta }), first)).toEqual(valuesOf(ipo, batch));
    }),
    PROPERTY,
  );
});

test('is summed IPO against the previous iterate where tau = 0', () => {
  fc.assert(
    fc.property(randomPairs(4, LAST), ({ lastChosenLogps, lastRejectedLogps, ...batch }) => {
      const last = { lastChosenLogps: lastChosenLogps!, lastRejectedLogps: lastRejectedLogps! };
      const against = { ...batch, refChosenLogps: lastChosenLogps!, refRejectedLogps: lastRejectedLogps! };
      expect(valuesOf(loss({ eta: 0.125, tau: 0 }), { ...batch, ...last })).toEqual(valuesOf(ipo, against));
    }),
    PROPERTY,
  );
});

test('takes tau or its share of eta alike', () => {
  const pair = pairAt(2, 1, { lastChosenLogps: -38, lastRejectedLogps: -52 });
  expect(valuesOf(loss({ eta: 0.125, tau: 0.03125 }), pair)).toEqual([36]);
});

test('starts in a later round at the distance that the previous iterate has gone', () => {
  const options = { eta: 0.125, tauOverEta: 0.25 };
  const last = { lastChosenLogps: -38, lastRejectedLogps: -52 };
  const start = {
    ...last,
    policyChosenLogps: -38,
    policyRejectedLogps: -52,
    refChosenLogps: -40,
    refRejectedLogps: -50,
  };
  const batch = Object.fromEntries(Object.entries(start).map(([key, value]) => [key, [value]]));
  // h = (tau/eta) (gap of the last iterate - gap of the reference) = (14 - 10)/4.
  expect(LOSSES.inpo.stepZero(options, start)).toBe(9);
  expect(valuesOf(loss(options), batch)).toEqual([9]);
  expect(LOSSES.inpo.stepZero(options)).toBe(16);
});

test.each([
  [{ tau: 0.05, tauOverEta: 0.5 }, 'inpo: expected one of tau and tauOverEta, got both.'],
  [{}, 'inpo: expected one of tau and tauOverEta, got neither.'],
  [{ tau: 0.2 }, 'inpo: tau must be a number from 0 to eta = 0.1, got 0.2.'],
  [{ tau: -0.1 }, 'inpo: tau must be a number from 0 to eta = 0.1, got -0.1.'],
  [{ tau: Number.NaN }, 'inpo: tau must be a number from 0 to eta = 0.1, got NaN.'],
  [{ tauOverEta: 1.5 }, 'inpo: tauOverEta must be a number from 0 to 1, got 1.5.'],
  [{ tauOverEta: '1/3' }, 'inpo: tauOverEta must be a number from 0 to 1, got 1/3.'],
])('refuses %o', (strengths, message) => {
  const inputs = tensorsOf(pairAt(0, 0, { lastChosenLogps: -1, lastRejectedLogps: -1 })) as InpoInputs;
  const run = (): unknown => inpo(inputs, { eta: 0.1, ...strengths } as unknown as InpoOptions);
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
