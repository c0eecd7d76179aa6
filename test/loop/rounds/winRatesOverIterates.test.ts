import type { Judge } from 'nashtune/judges';
import { cycleDetection, iterateMatrix } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { winRateOver, winRatesOverIterates } from '../../../src/loop/rounds/winRatesOverIterates.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { inLoop, promptRow, sampleRow } from '../loopFixtures.ts';

/** Rock, paper, scissors; a question mark cannot be judged. */
const BEATS = new Set(['rock scissors', 'scissors paper', 'paper rock']);
const umpire: Judge = {
  id: 'umpire',
  compare: async (items) =>
    items.map(({ a, b }) =>
      a === '?' || b === '?'
        ? { error: 'cannot be judged' }
        : { pFirst: a === b ? 0.5 : Number(BEATS.has(`${a} ${b}`)) },
    ),
  dispose: () => undefined,
};

const ids = Array.from({ length: 12 }, (_, i) => `p${i}`);
const saying = (text: string) => ids.map((id) => sampleRow(id, 0, text));

test('rounds that beat one another in a circle are seen as one, also by a resumed run', async () => {
  const folder = await temporaryFolder();
  const prompts = ids.map(promptRow);
  const answers = ['rock', 'paper', 'scissors'].map(saying);
  const play = (judge: Judge, resume: boolean) =>
    inLoop(
      folder,
      async (loop) => {
        for (const round of [1, 2]) {
          const opponents = new Map(answers.slice(0, round).map((rows, at) => [at, rows]));
          await winRatesOverIterates(loop, round, { judge, prompts, answers: answers[round]!, opponents });
        }
        return iterateMatrix(loop.metrics.rows, { onlyCertain: true })!;
      },
      resume,
    );
  const matrix = await play(umpire, false);
  expect(matrix).toEqual([
    [0.5, 0, 1],
    [1, 0.5, 0],
    [0, 1, 0.5],
  ]);
  expect(cycleDetection(matrix)).toEqual({ share: 1, cycles: [[0, 2, 1]] });
  const silent: Judge = { ...umpire, compare: () => Promise.reject(new Error('asked again')) };
  expect(await play(silent, true)).toEqual(matrix);
});

test('an opponent on which the judge failed has no win rate, and is no draw', async () => {
  const values = await inLoop(await temporaryFolder(), (loop) =>
    winRatesOverIterates(loop, 1, {
      judge: umpire,
      prompts: ids.map(promptRow),
      answers: saying('rock'),
      opponents: new Map([
        [0, saying('?')],
        [1, saying('scissors')],
      ]),
    }),
  );
  expect(winRateOver(values, 0)).toBeUndefined();
  expect(winRateOver(values, 1)).toMatchObject({ rate: 1, count: 12 });
});
