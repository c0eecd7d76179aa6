import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { bestOfN, type ChosenAnswers } from '../../../bench/answers/bestOfN.ts';
import { rerank, type RankedAnswers } from '../../../bench/answers/rerank.ts';
import { relativeScore, selfCorrection } from '../../../bench/answers/selfCorrection.ts';
import { selfCorrectionIntervals } from '../../../bench/answers/selfCorrectionIntervals.ts';

const golden = JSON.parse(readFileSync(new URL('../../golden/benchVerbs.json', import.meta.url), 'utf8')) as {
  groups: ChosenAnswers[];
  curve: number[];
  choices: { right: boolean[]; finals: (string | null)[]; self: number[] }[];
  chosen: Record<'passAt1' | 'majority' | 'self' | 'passAtK', number>;
  attempts: [before: boolean, after: boolean][][];
  corrected: Record<string, number>;
  intervals: Record<string, [low: number, high: number]>;
};

const attempts = golden.attempts.map((prompt) => prompt.map(([before, after]) => ({ before, after })));

test('the best of n is the mean over all subsets of n answers, those that tie sharing', () => {
  bestOfN(golden.groups).forEach(({ value }, at) => expect(value).toBeCloseTo(golden.curve[at]!, 12));
  expect(bestOfN(golden.groups)).toHaveLength(6);
});

test('by its own score the best of n rises, the best of one is the mean, and its divergence is 0', () => {
  const own = bestOfN(golden.groups.map(({ gold }) => ({ proxy: gold, gold })));
  own.slice(1).forEach(({ value }, at) => expect(value).toBeGreaterThan(own[at]!.value));
  expect(own[0]!.value).toBeCloseTo(golden.groups.flatMap(({ gold }) => gold).reduce((a, b) => a + b) / 30, 12);
  expect(own[0]!.kl).toBe(0);
  for (const { value, interval } of own) {
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);
  }
  expect(bestOfN(golden.groups, { seed: 2 })).not.toEqual(bestOfN(golden.groups));
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

test('self-correction of prompts has the figures of an independent computation, and intervals that draw prompts whole', () => {
  expect(selfCorrection(attempts.flat())).toMatchObject(
    Object.fromEntries(Object.entries(golden.corrected).map(([name, value]) => [name, expect.closeTo(value, 12)])),
  );
  const intervals = selfCorrectionIntervals(attempts);
  for (const [name, interval] of Object.entries(intervals)) {
    // 1,000 draws against 20,000 of numpy's.
    interval!.forEach((end, at) => expect(Math.abs(end - golden.intervals[name]![at]!), name).toBeLessThan(0.03));
  }
  // Answer by answer they would come out narrower than prompts allow.
  const alone = selfCorrectionIntervals(attempts.flat().map((one) => [one]));
  expect(width(intervals.accuracyBefore!)).toBeGreaterThan(1.2 * width(alone.accuracyBefore!));
});

test('what nothing tells of has no interval', () => {
  const allRight = [[{ before: true, after: false }], [{ before: true, after: true }]];
  expect(selfCorrectionIntervals(allRight)).toMatchObject({ critique: null, relative: null, accuracyBefore: [1, 1] });
  expect(() => selfCorrectionIntervals([])).toThrow(RangeError);
});

test('confidence and critique make up the second accuracy', () => {
  const five = [
    [true, true],
    [true, false],
    [true, true],
    [false, true],
    [false, false],
  ].map(([before, after]) => ({ before: before!, after: after! }));
  const { confidence, critique, accuracyBefore, accuracyAfter, ...rest } = selfCorrection(five);
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
  expect(figures).toMatchObject({ prompts: 2, passAt1: 0.5, majority: 0.5, self: 0.5, judge: 0.75, passAtK: 1 });
  expect(rerank([{ right: [false], finals: ['1'] }])).toMatchObject({ self: null, judge: null, passAtK: 0 });
});

test('choosers have the figures of an independent computation, with intervals around them', () => {
  const prompts = golden.choices.map(({ finals, ...rest }): RankedAnswers => ({
    ...rest,
    finals: finals.map((final) => final ?? undefined),
  }));
  const { intervals, ...figures } = rerank(prompts);
  for (const name of ['passAt1', 'majority', 'self', 'passAtK'] as const) {
    expect(figures[name], name).toBeCloseTo(golden.chosen[name], 12);
    expect(intervals[name]![0]).toBeLessThanOrEqual(figures[name]!);
    expect(intervals[name]![1]).toBeGreaterThanOrEqual(figures[name]!);
  }
  expect([figures.judge, intervals.judge]).toEqual([null, null]);
});

function width([low, high]: readonly [number, number]): number {
  return high - low;
}
