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

test('a round may have more comparisons than a call has arguments, and a judge holds few of them', async () => {
  const ids = Array.from({ length: 45_000 }, (_, i) => `${i}`);
  const samples = ids.flatMap((id) => ['a', 'aa', 'aaa'].map((text, k) => sampleRow(id, k, text)));
  const parts: number[] = [];
  const counting: Judge = {
    ...longerWins,
    compare: (items) => {
      parts.push(items.length);
      return longerWins.compare(items);
    },
  };
  const rows = await inLoop(await temporaryFolder(), (loop) =>
    judgeStage(loop, 1, { judge: counting, prompts: ids.map(promptRow), samples }),
  );
  expect(rows).toHaveLength(3 * ids.length);
  expect(rows.every(({ p_i_beats_j: p }) => p === 0)).toBe(true);
  // A judge gets a few thousand at a time, of whole prompts.
  expect(Math.max(...parts)).toBeLessThan(5000);
  expect(parts.every((count) => count % 3 === 0)).toBe(true);
});

test.each(['all', 'tournament'] as const)(
  'resumed after too many failures, only what failed is asked again (%s)',
  async (comparisons) => {
    const folder = await temporaryFolder();
    const prompts = ['x', 'y'].map(promptRow);
    const samples = ['x', 'y'].flatMap((id) => [sampleRow(id, 0, 'aaa'), sampleRow(id, 1, id === 'x' ? '?' : 'a')]);
    const stage = { prompts, samples, comparisons, maxFailed: 0.3 };
    await inLoop(folder, (loop) => judgeStage(loop, 1, { ...stage, judge: longerWins }));
    const asked: string[] = [];
    const mended: Judge = {
      ...longerWins,
      compare: async (items) => {
        asked.push(...items.map(({ id }) => id));
        return items.map(() => ({ pFirst: 0.75 }));
      },
    };
    const again = await inLoop(folder, (loop) => judgeStage(loop, 1, { ...stage, judge: mended }), true);
    expect(asked).toEqual(['x:0:1']);
    expect(again.map(({ prompt_id, p_i_beats_j: p, error }) => [prompt_id, p, error])).toEqual([
      ['x', 0.75, null],
      ['y', 1, null],
    ]);
    const third = await inLoop(folder, (loop) => judgeStage(loop, 1, { ...stage, judge: mended }), true);
    expect(third).toEqual(again);
    expect(asked).toHaveLength(1);
  },
);

test('the judge win rate matches answers by prompt and counts ties one half', async () => {
  const prompts = ['x', 'y', 'z'].map(promptRow);
  const answers = [sampleRow('x', 0, 'long'), sampleRow('y', 0, 'ab'), sampleRow('z', 0, '?')];
  const opponents = [sampleRow('y', 0, 'cd'), sampleRow('x', 0, 'no'), sampleRow('z', 0, 'no')];
  const { rate, count } = (await judgeWinRate(longerWins, prompts, answers, opponents))!;
  expect(rate).toBe(0.75);
  expect(count).toBe(2);
});
