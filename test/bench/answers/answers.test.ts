import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { bestOfN, type ChosenAnswers } from '../../../bench/answers/bestOfN.ts';
import { rerank } from '../../../bench/answers/rerank.ts';
import { relativeScore, selfCorrection } from '../../../bench/answers/selfCorrection.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/benchVerbs.json', import.meta.url), 'utf8')) as {
  groups: ChosenAnswers[];
  curve: number[];
};

test('the best of n is the mean over all subsets of n answers, those that tie sharing', () => {
  bestOfN(golden.groups).forEach(({ value }, at) => expect(value).toBeCloseTo(golden.curve[at]!, 12));
  expect(bestOfN(golden.groups)).toHaveLength(6);
});

test('by its own score the best of n rises, the best of one is the mean, and its divergence is 0', () => {
  const own = bestOfN(golden.groups.map(({ gold }) => ({ proxy: gold, gold })));
  own.slice(1).forEach(({ value }, at) => expect(value).toBeGreaterThan(own[at]!.value));
  expect(own[0]!.value).toBeCloseTo(golden.groups.flatMap(({ gold }) => gold).reduce((a, b) => a + b) / 30, 12);
  expect(own[0]!.kl).toBe(0);
  expect(() => bestOfN([])).toThrow(RangeError);
});

test.each([
  [0.5, 0.5, 0.5],
  [0.5, 0.75, 1],
  [0.5, 0.25, 0],
  [0.6, 0.84, 1],
  [0.6, 0.36, 0],
])('accuracies of %f and %f are a relative score of %f', (before, after, score) => {
  expect(relativeScore(before, after)).toBeCloseTo(score, 12);
});

test('confidence and critique make up the second accuracy', () => {
  const attempts = [
    [true, true],
    [true, false],
    [true, true],
    [false, true],
    [false, false],
  ].map(([before, after]) => ({ before: before!, after: after! }));
  const { confidence, critique, accuracyBefore, accuracyAfter, ...rest } = selfCorrection(attempts);
  expect([confidence, critique]).toEqual([2 / 3, 1 / 2]);
  expect(accuracyBefore * confidence! + (1 - accuracyBefore) * critique!).toBeCloseTo(accuracyAfter, 12);
  expect(rest).toEqual({ prompts: 5, relative: relativeScore(0.6, 0.6), fixed: 1, broken: 1 });
  const allRight = selfCorrection([{ before: true, after: false }]);
  expect(allRight).toMatchObject({ critique: null, relative: null, confidence: 0 });
});

test('choosers pick by votes and scores, and where they tie the share of right ones counts', () => {
  const figures = rerank([
    { right: [true, false, false], finals: ['1', '2', '2'], self: [3, 2, 1], judge: [1, 1, 0] },
    { right: [true, true, false], finals: ['1', '1', undefined], self: [0, 0, 1], judge: [1, 0, 0] },
  ]);
  expect(figures).toEqual({ prompts: 2, passAt1: 0.5, majority: 0.5, self: 0.5, judge: 0.75, passAtK: 1 });
  expect(rerank([{ right: [false], finals: ['1'] }])).toMatchObject({ self: null, judge: null, passAtK: 0 });
});
