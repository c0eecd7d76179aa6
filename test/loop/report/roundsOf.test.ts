import { expect, test } from 'vitest';

import { beforeRounds, roundsOf } from '../../../src/loop/report/roundsOf.ts';

const evaluation = (round: number, values: Record<string, number>) => ({ round, stage: 'evaluation', values });

test('bounds go to the rate they belong to', () => {
  const [round] = roundsOf([
    evaluation(1, {
      judgeWinRate: 0.6,
      low: 0.5,
      high: 0.7,
      winRateOverPrevious: 0.55,
      previousLow: 0.4,
      previousHigh: 0.6,
    }),
  ]);
  expect(round).toEqual({
    round: 1,
    judgeWinRate: { mean: 0.6, low: 0.5, high: 0.7 },
    winRateOverPrevious: { mean: 0.55, low: 0.4, high: 0.6 },
    values: {},
  });
});

test('of two rates in a row, the first has the bounds without a name and the other its own or none', () => {
  const both = { winRate: 0.7, judgeWinRate: 0.8, low: 0.6, high: 0.75 };
  expect(roundsOf([evaluation(1, both)])[0]).toMatchObject({
    winRate: { mean: 0.7, low: 0.6, high: 0.75 },
    judgeWinRate: { mean: 0.8, low: 0.8, high: 0.8 },
  });
  expect(roundsOf([evaluation(1, { ...both, judgeWinRateLow: 0.7, judgeWinRateHigh: 0.9 })])[0]).toMatchObject({
    judgeWinRate: { mean: 0.8, low: 0.7, high: 0.9 },
  });
});

test('rows of other stages stand under their name, steps and round 0 apart', () => {
  const rows = [
    { round: 0, stage: 'judge', values: { noisy: 0.8 } },
    { round: 2, stage: 'pairs', values: { sameText: 3 } },
    { round: 1, stage: 'train', step: 4, values: { loss: 1 } },
    evaluation(2, { klToBase: 1 }),
    evaluation(1, { klToBase: 0.5 }),
  ];
  expect(roundsOf(rows)).toEqual([
    { round: 1, values: { klToBase: 0.5 } },
    { round: 2, values: { 'pairs/sameText': 3, klToBase: 1 } },
  ]);
  expect(beforeRounds(rows)).toEqual({ 'judge/noisy': 0.8 });
});
