import { expect, test } from 'vitest';

import { inLockstep } from '../../src/loop/inLockstep.ts';

test('questions of one step are answered together, and an item that is done does not hold up the others', async () => {
  const asked: number[][] = [];
  const results: number[] = [];
  await inLockstep(
    [1, 3, 2],
    async (questions: readonly number[]) => {
      asked.push([...questions]);
      return questions.map((question) => 10 * question);
    },
    async (steps, ask) => {
      for (let step = 1; step <= steps; step++) results.push(...(await ask([steps, step])));
    },
  );
  expect(asked).toEqual([
    [1, 1, 3, 1, 2, 1],
    [3, 2, 2, 2],
    [3, 3],
  ]);
  expect(results.toSorted((a, b) => a - b)).toEqual([10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30]);
});

test('what the answerer throws is thrown', async () => {
  const run = inLockstep(
    [1, 2],
    () => Promise.reject(new Error('no judge')),
    async (_, ask) => void (await ask(['?'])),
  );
  await expect(run).rejects.toThrow('no judge');
});

test('no items ask nothing', async () => {
  await inLockstep(
    [],
    () => Promise.reject(new Error('asked')),
    async () => undefined,
  );
});
