import { expect, test } from 'vitest';

import { createVerifier } from '../../../src/judges/verifiers/createVerifier.ts';
import { scoresOf } from './scoresOf.ts';

const shouting = createVerifier({
  id: 'shouting',
  check: async ({ answer }) => {
    await Promise.resolve();
    if (answer === 'boom') throw new Error('cannot tell');
    return answer === 'nan' ? NaN : answer === answer.toUpperCase();
  },
});

test('a function scores answers, and its faults are errors of one answer', async () => {
  expect(await scoresOf(shouting, 'HI', 'hi', 'boom', 'nan')).toEqual([1, 0, 'cannot tell', 'the check gave NaN']);
});

test('the higher score wins, equal ones tie, and errors are neither', async () => {
  const item = { id: '1', prompt: [], a: 'HI', b: 'hi' };
  const verdicts = await shouting.compare([
    item,
    { ...item, a: 'hi', b: 'HI' },
    { ...item, a: 'HO' },
    { ...item, b: 'boom' },
  ]);
  expect(verdicts.map(({ pFirst }) => pFirst)).toEqual([1, 0, 1, undefined]);
  expect((await shouting.compare([{ ...item, b: 'HO' }]))[0]!.pFirst).toBe(0.5);
});

test('it stops when it is told to', async () => {
  await expect(shouting.score([{ id: '1', prompt: [], answer: 'x' }], { signal: AbortSignal.abort() })).rejects.toThrow(
    /abort/i,
  );
});
