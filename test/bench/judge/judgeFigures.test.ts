import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { accuracyFigures } from '../../../bench/judge/accuracyFigures.ts';
import { agreementFigures } from '../../../bench/judge/agreementFigures.ts';
import { bestOfFigures } from '../../../bench/judge/bestOfFigures.ts';
import { calibrationFigures } from '../../../bench/judge/calibrationFigures.ts';
import { judgeFigures } from '../../../bench/judge/judgeFigures.ts';
import type { JudgedPair } from '../../../bench/judge/judgedPair.ts';
import { lengthFigures } from '../../../bench/judge/lengthFigures.ts';
import { positionFigures } from '../../../bench/judge/positionFigures.ts';
import { rewardBenchScores } from '../../../bench/judge/rewardBench.ts';
import { tiesScore, type TiesPrompt } from '../../../bench/judge/tiesScore.ts';
import { judgedPairs } from './judgedPairs.ts';

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8'));
const figures = golden('judgeFigures') as {
  calibration: { name: string; p: number[]; ece: number; brier: number; logLoss: number; pairs: number[] }[];
  wilson: { right: number; total: number; interval: [number, number] }[];
  ties: { prompts: TiesPrompt[]; score: number }[];
};
const rewardBench = golden('rewardBench') as {
  metrics: Record<string, number>;
  sections: Record<string, number>;
  mean_of_sections: number;
};
/** Prompts with one better answer each, against the others that a list has verdicts on. */
function rows(...verdicts: number[][]): JudgedPair[] {
  return verdicts.flatMap((row, i) => judgedPairs(row, { chosen: `answer ${i}`, subset: 'Math' }));
}

const FAILED = { error: 'busy' };

describe('accuracy', () => {
  test('counts right, wrong, ties and failures apart', () => {
    expect(accuracyFigures(judgedPairs([0.9, 0.6, 0.2, 0.5, FAILED]))).toMatchObject({
      pairs: 5,
      right: 2,
      wrong: 1,
      ties: 1,
      failed: 1,
      accuracy: 0.5,
      credit: 0.6,
    });
  });

  test.each(figures.wilson)("has Wilson's interval at $right of $total", ({ right, total, interval: [low, high] }) => {
    const { interval } = accuracyFigures(judgedPairs(Array.from({ length: total }, (_, i) => Number(i < right))));
    expect(interval!.low).toBeCloseTo(low, 12);
    expect(interval!.high).toBeCloseTo(high, 12);
  });

  test('is none where every question failed', () => {
    expect(accuracyFigures(judgedPairs([FAILED, FAILED]))).toMatchObject({ accuracy: null, interval: null, failed: 2 });
    expect(judgeFigures(judgedPairs([FAILED]))).toMatchObject({ calibration: null, position: null });
  });
});

test.each(figures.calibration)('calibration of $name probabilities equals numpy', ({ p, pairs, ...wanted }) => {
  const found = calibrationFigures(judgedPairs([...p, FAILED]))!;
  expect(found.bins.map((bin) => bin.pairs)).toEqual(pairs);
  for (const name of ['ece', 'brier', 'logLoss'] as const) expect(found[name], name).toBeCloseTo(wanted[name], 12);
});

describe("RewardBench's scores", () => {
  test('are those of its own example', () => {
    const { sections, overall } = rewardBenchScores(new Map(Object.entries(rewardBench.metrics)))!;
    expect(Object.keys(sections)).toEqual(Object.keys(rewardBench.sections));
    for (const [name, score] of Object.entries(rewardBench.sections)) expect(sections[name]).toBeCloseTo(score, 12);
    expect(overall).toBeCloseTo(rewardBench.mean_of_sections, 12);
  });

  test('have no mean without all sections, and are none for other data', () => {
    const subsets = new Map([
      ['alpacaeval-easy', 1],
      ['mt-bench-med', 0.5],
      ['my own', 0],
    ]);
    expect(rewardBenchScores(subsets)).toEqual({ sections: { Chat: (100 + 20) / 140 }, overall: null });
    expect(rewardBenchScores(new Map([['my own', 0]]))).toBeNull();
  });

  test('count ties as wrong or as half', () => {
    const judged = judgedPairs([1, 0.5, FAILED, 0.2], { subset: 'donotanswer' });
    expect(judgeFigures(judged).rewardBench).toMatchObject({
      strict: { sections: { Safety: 1 / 3 } },
      credit: { sections: { Safety: 0.5 } },
    });
  });
});

describe('one right answer among four', () => {
  test('is found when it loses to none, and shared with those it ties with', () => {
    expect(bestOfFigures(rows([0.9, 0.8, 0.7], [0.9, 0.5, 0.5], [0.9, 0.9, 0.4]))).toEqual({
      prompts: 3,
      score: (1 + 1 / 3) / 3,
    });
  });

  test('does not count where a comparison failed, and is none among pairs', () => {
    expect(bestOfFigures([...rows([0.9, 0.8]), ...judgedPairs([FAILED, 1])])).toEqual({ prompts: 1, score: 1 });
    expect(judgeFigures(judgedPairs([0.9])).bestOf).toEqual({});
  });
});

describe('ties among right answers', () => {
  test.each(figures.ties)("score as rewardbench's code has it: $score", ({ prompts, score }) => {
    expect(tiesScore(prompts)).toBeCloseTo(score, 12);
  });

  test('need right and wrong answers', () => {
    expect(() => tiesScore([])).toThrow(RangeError);
    const tied = { right: [1, 2], wrong: [] };
    expect(() => tiesScore([{ tied, reference: tied }])).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: tiesScore: expected prompts with right and wrong answers, got 1, 1 without.]`,
    );
  });
});

describe('bias', () => {
  test('of places is the mean probability in front less one half, and flips are told', () => {
    const orders = [
      { ab: 0.9, ba: 0.7 },
      { ab: 0.8, ba: 0.2 },
      { ab: 0.5, ba: 0.5 },
    ];
    const { bias, flips, pairs } = positionFigures(judgedPairs(orders.map((orders) => ({ pFirst: 0.5, orders }))))!;
    expect(bias).toBeCloseTo((0.6 + 0.8 + 0.5) / 3 - 0.5, 12);
    expect({ flips, pairs }).toEqual({ flips: 1 / 3, pairs: 3 });
  });

  test('of length tells the two kinds of pairs apart, and leaves out equal lengths, ties and failures', () => {
    const longer = judgedPairs([0.9, 0.8, 0.2, 0.5, FAILED]);
    const shorter = judgedPairs([0.1, 0.9], { chosen: 'No', rejected: 'No, never' });
    const equal = judgedPairs([0.1], { chosen: '🙂!', rejected: 'Hm' });
    const { longerPreferred, longerBetter, betterShorter, betterLonger } = lengthFigures([
      ...longer,
      ...shorter,
      ...equal,
    ]);
    expect({ longerPreferred, longerBetter }).toEqual({ longerPreferred: 3 / 5, longerBetter: 5 / 7 });
    expect([betterShorter.accuracy, betterLonger.accuracy]).toEqual([0.5, 0.5]);
  });
});

test('agreement of a judge with itself compares winners and probabilities', () => {
  const verdicts = (...p: (number | undefined)[]) => p.map((p) => (p === undefined ? FAILED : { pFirst: p }));
  const found = agreementFigures(verdicts(0.9, 0.5, 0.4, undefined), verdicts(0.7, 0.6, 0.4, 0.9))!;
  expect(found).toMatchObject({ pairs: 3, agreement: 2 / 3 });
  expect(found.difference).toBeCloseTo(0.1, 12);
  expect(agreementFigures(verdicts(undefined), verdicts(1))).toBeNull();
});
