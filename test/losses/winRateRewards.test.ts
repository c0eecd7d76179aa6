import { expect, test } from 'vitest';

import { groupMeanAdvantages, winRateRewards } from '../../losses/index.ts';

const P = [
  [0.5, 0.8, 0.6],
  [0.2, 0.5, 0.7],
  [0.4, 0.3, 0.5],
];

test('are the mean probabilities of beating the others, without oneself', () => {
  const want = [0.7, 0.45, 0.35];
  for (const [i, reward] of winRateRewards(P).entries()) expect(reward).toBeCloseTo(want[i]!, 12);
});

test('sum to K/2, so that their advantages are those over one half', () => {
  const rewards = winRateRewards(P);
  expect(rewards.reduce((sum, reward) => sum + reward, 0)).toBeCloseTo(1.5, 12);
  for (const [i, advantage] of groupMeanAdvantages(rewards).entries())
    expect(advantage).toBeCloseTo(rewards[i]! - 0.5, 12);
});

test('are all one half in a cycle, where no response is best', () => {
  const cycle = [
    [0.5, 1, 0],
    [0, 0.5, 1],
    [1, 0, 0.5],
  ];
  expect(winRateRewards(cycle)).toEqual([0.5, 0.5, 0.5]);
});

test('do not read the diagonal', () => {
  expect(
    winRateRewards([
      [Number.NaN, 0.75],
      [0.25, Number.NaN],
    ]),
  ).toEqual([0.75, 0.25]);
});

test.each([
  [[[0.5]], 'winRateRewards: expected a square matrix of at least 2 x 2, got 1 rows of 1.'],
  [[[0.5, 1], [0]], 'winRateRewards: expected a square matrix of at least 2 x 2, got 2 rows of 2, 1.'],
  [
    [
      [0.5, 1.5],
      [0, 0.5],
    ],
    'winRateRewards: expected probabilities from 0 to 1, got 1.5 in row 0.',
  ],
  [
    [
      [0.5, 1],
      [Number.NaN, 0.5],
    ],
    'winRateRewards: expected probabilities from 0 to 1, got NaN in row 1.',
  ],
])('refuse %j', (matrix, message) => {
  expect(() => winRateRewards(matrix)).toThrow(RangeError);
  expect(() => winRateRewards(matrix)).toThrow(message);
});
