import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { inpo, mnpo } from '../../losses/index.ts';
import type { InpoInputs, MnpoInputs, MnpoOptions } from '../../losses/index.ts';
import { PROPERTY, pairAt, randomPairs, tensorsOf, valuesOf } from './randomPairs.ts';

const HISTORY = [
  'historyChosenLogps[0]',
  'historyChosenLogps[1]',
  'historyRejectedLogps[0]',
  'historyRejectedLogps[1]',
];
const loss =
  (historyWeights?: number[], ratio = 0.25) =>
  (inputs: MnpoInputs) =>
    mnpo(inputs, { eta: 0.125, ratio, historyWeights });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the value derived by hand', () => {
  // Gaps: policy 11, reference 10, earlier iterates 14 and 6. Weights 3 to 1 make 12 of them: h = 11 - 10/4 - 3/4 * 12.
  const pair = pairAt(2, 1, {
    'historyChosenLogps[0]': -38,
    'historyChosenLogps[1]': -42,
    'historyRejectedLogps[0]': -52,
    'historyRejectedLogps[1]': -48,
  });
  expect(valuesOf(loss([3, 1]), pair)).toEqual([20.25]);
});

test('is INPO with one earlier iterate', () => {
  fc.assert(
    fc.property(
      randomPairs(4, ['historyChosenLogps[0]', 'historyRejectedLogps[0]']),
      fc.constantFrom(0, 0.25, 1),
      (batch, ratio) => {
        const {
          'historyChosenLogps[0]': lastChosenLogps,
          'historyRejectedLogps[0]': lastRejectedLogps,
          ...pairs
        } = batch;
        const single = (inputs: InpoInputs): tf.Tensor => inpo(inputs, { eta: 0.125, tauOverEta: ratio });
        const last = { lastChosenLogps: lastChosenLogps!, lastRejectedLogps: lastRejectedLogps! };
        expect(valuesOf(loss(undefined, ratio), batch)).toEqual(valuesOf(single, { ...pairs, ...last }));
      },
    ),
    PROPERTY,
  );
});

test('looks at the ratios of the weights only, equal ones unless told otherwise', () => {
  fc.assert(
    fc.property(randomPairs(4, HISTORY), (batch) => {
      expect(valuesOf(loss([4, 12]), batch)).toEqual(valuesOf(loss([0.25, 0.75]), batch));
      expect(valuesOf(loss(), batch)).toEqual(valuesOf(loss([1, 1]), batch));
    }),
    PROPERTY,
  );
});

test.each([[[1]], [[1, 2, 3]], [[0, 0]], [[1, -1]], [[Number.NaN, 1]], [[1, Number.POSITIVE_INFINITY]]])(
  'refuses the weights %o for two earlier iterates',
  (weights) => {
    const inputs = tensorsOf(fc.sample(randomPairs(2, HISTORY), { ...PROPERTY, numRuns: 1 })[0]!) as MnpoInputs;
    const run = (): unknown => mnpo(inputs, { eta: 0.1, ratio: 0.5, historyWeights: weights });
    expect(run).toThrow(RangeError);
    expect(run).toThrow(
      `mnpo: historyWeights must be 2 numbers of at least 0, not all 0, got [${weights.join(', ')}].`,
    );
  },
);

test('refuses a history of another batch, and a ratio beyond 1', () => {
  const inputs = tensorsOf(pairAt(0, 0)) as unknown as MnpoInputs;
  const history = { historyChosenLogps: tf.zeros([2, 3]), historyRejectedLogps: tf.zeros([2, 3]) };
  const run = (options: Partial<MnpoOptions>) => () =>
    mnpo({ ...inputs, ...history }, { eta: 0.1, ratio: 0.5, ...options });
  expect(run({})).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: mnpo: the history must hold one number per pair, [H, 1], got historyChosenLogps [2, 3]. Score the same batch with every iterate.]`,
  );
  expect(run({ ratio: 4 / 3 })).toThrow('mnpo: ratio must be a number from 0 to 1, got 1.3333333333333333.');
});
