import type { Judge } from 'nashtune/judges';
import { judgeStage, judgeWinRate } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { inLoop, promptRow, sampleRow } from './loopFixtures.ts';

/** A judge by rule: the longer answer wins, and an answer that says "?" cannot be judged. */
const longerWins: Judge = {
  id: 'longer',
  compare: async (items) =>
    items.map(({ a, b }) => {
      if (a === '?' || b === '?') return { error: 'cannot be judged' };
      return { pFirst: a.length === b.length ? 0.5 : Number(a.length > b.length) };
    }),
  dispose: () => undefined,
};

test('every pair of answers to a prompt is judged once, and an error is neither tie nor loss', async () => {
  const samples = [
    sampleRow('x', 0, 'aa'),
    sampleRow('x', 1, 'a'),
    sampleRow('x', 2, '?'),
    sampleRow('y', 0, 'a'),
    sampleRow('y', 1, 'b'),
  ];
  const rows = await inLoop(await temporaryFolder(), (loop) =>
    judgeStage(loop, 1, { judge: longerWins, prompts: [promptRow('x'), promptRow('y')], samples }),
  );
  expect(rows.map(({ prompt_id, i, j, p_i_beats_j, error }) => [prompt_id, i, j, p_i_beats_j, error])).toEqual([
    ['x', 0, 1, 1, null],
    ['x', 0, 2, null, 'cannot be judged'],
    ['x', 1, 2, null, 'cannot be judged'],
    ['y', 0, 1, 0.5, null],
  ]);
});

test('the judge win rate matches answers by prompt and counts ties one half', async () => {
  const prompts = ['x', 'y', 'z'].map(promptRow);
  const answers = [sampleRow('x', 0, 'long'), sampleRow('y', 0, 'ab'), sampleRow('z', 0, '?')];
  const opponents = [sampleRow('y', 0, 'cd'), sampleRow('x', 0, 'no'), sampleRow('z', 0, 'no')];
  const { rate, count } = (await judgeWinRate(longerWins, prompts, answers, opponents))!;
  expect(rate).toBe(0.75);
  expect(count).toBe(2);
});
