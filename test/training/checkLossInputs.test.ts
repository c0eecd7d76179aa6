import { expect, test } from 'vitest';

import { checkLossInputs } from '../../src/training/checkLossInputs.ts';
import { resolveLoss } from '../../src/training/resolveLoss.ts';

const batch = {
  ids: ['a', 'b'],
  lengths: [
    [2, 3],
    [1, 1],
  ],
};
const references = { refChosenLogps: Float32Array.of(-1, -2), refRejectedLogps: Float32Array.of(-3, -4) };

test('what can be passes', () => {
  checkLossInputs(resolveLoss('dpo'), references, batch);
  checkLossInputs(resolveLoss('sppo_single'), { ...references, chosenProbs: Float32Array.of(0, 1) }, batch);
  checkLossInputs(resolveLoss('kto'), { ...references, kl: Float32Array.of(-0.5) }, batch);
  checkLossInputs(
    resolveLoss('mnpo'),
    {
      ...references,
      historyChosenLogps: [Float32Array.of(-1, -2), Float32Array.of(-1, -2)],
      historyRejectedLogps: [Float32Array.of(-1, -2), Float32Array.of(-1, -2)],
    },
    batch,
  );
});

test('what bf16 leaves above 0 of a log-probability passes', () => {
  const certain = { refChosenLogps: Float32Array.of(0.047, 0.4), refRejectedLogps: Float32Array.of(-1, 0) };
  checkLossInputs(resolveLoss('dpo'), certain, batch);
});

test('every problem is named at once, with the loss, the argument and the example', () => {
  const wrong = {
    refChosenLogps: Float32Array.of(Number.NaN, 2),
    refRejectedLogps: Float32Array.of(-3, Number.NEGATIVE_INFINITY),
    chosenProbs: Float32Array.of(1.5, 0.5),
  };
  expect(() => checkLossInputs(resolveLoss('sppo_single'), wrong, batch)).toThrowErrorMatchingInlineSnapshot(`
    [RangeError: sppo_single: wrong inputs:
      refChosenLogps of a: expected a finite log-probability, not above 0, found NaN
      refChosenLogps of b: expected a finite log-probability, not above 0, found 2
      refRejectedLogps of b: expected a finite log-probability, not above 0, found -Infinity
      chosenProbs of a: expected a probability from 0 to 1, found 1.5
    Drop these examples, or compute them again.]
  `);
});

test('a missing argument, or one of another number of examples, is named', () => {
  expect(() =>
    checkLossInputs(resolveLoss('dpo'), { refChosenLogps: Float32Array.of(-1) }, batch),
  ).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: dpo: expected refChosenLogps with 2, refRejectedLogps with 2 entries, one per example of the batch, got refChosenLogps with 1, refRejectedLogps with none. Supply every key that extraInputs(loss) names.]`,
  );
});

test('numbers per token must be as many as the tokens of the completion', () => {
  const lists = [Float32Array.of(-1, -1), Float32Array.of(-1, -1)];
  const extra = { lastTokenLogps: lists, advantages: Float32Array.of(1, -1) };
  expect(() => checkLossInputs(resolveLoss('policy_gradient'), extra, batch)).toThrow(
    'lastTokenLogps of b: expected 3 numbers, one per token, found 2',
  );
});

test('many problems are counted', () => {
  const many = { ids: Array.from({ length: 20 }, (_, i) => `row ${i}`), lengths: [[], []] };
  const extra = { refChosenLogps: new Float32Array(20).fill(2), refRejectedLogps: new Float32Array(20).fill(-1) };
  expect(() => checkLossInputs(resolveLoss('dpo'), extra, many)).toThrow('and 12 more');
});
