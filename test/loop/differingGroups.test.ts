import { differingGroups, scoreRewards, winRewards } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { judgmentRow, sampleRow } from './tableRows.ts';

const samples = ['x', 'y', 'z'].flatMap((prompt) => [0, 1, 2].map((k) => sampleRow(prompt, k, `${prompt}${k}`)));

test('prompts whose answers have equal rewards, or too few of them, are left out and counted', () => {
  const scores = samples.map(({ prompt_id, k }) => ({
    prompt_id,
    k,
    score: { x: k, y: 1, z: k === 1 ? 1 : null }[prompt_id as 'x' | 'y' | 'z'],
    error: null,
    judge_id: 'test',
  }));
  const { groups, ...left } = differingGroups(samples, scoreRewards(samples, scores));
  expect(left).toEqual({ equalRewards: 1, notRewarded: 1 });
  expect(groups.map((group) => [group.samples.map(({ text }) => text), group.rewards])).toEqual([
    [
      ['x0', 'x1', 'x2'],
      [0, 1, 2],
    ],
  ]);
});

test('a win rate is the mean over the other answers, and a failed comparison takes it from all of the prompt', () => {
  const judgments = [
    judgmentRow('x', 0, 1, 0.8),
    judgmentRow('x', 0, 2, 0.6),
    judgmentRow('x', 1, 2, 0.7),
    judgmentRow('y', 0, 1, 1),
    judgmentRow('y', 0, 2, null),
    judgmentRow('y', 1, 2, 1),
  ];
  const rewards = [...winRewards(samples, judgments)];
  expect(rewards.map(([id]) => id)).toEqual(['x/1/0', 'x/1/1', 'x/1/2']);
  [0.7, 0.45, 0.35].forEach((reward, k) => expect(rewards[k]![1]).toBeCloseTo(reward, 12));
});
