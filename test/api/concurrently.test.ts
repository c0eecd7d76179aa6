import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { concurrently } from '../../src/api/concurrently.ts';

test('every item is done once, at most so many at a time', async () => {
  const done: number[] = [];
  let open = 0;
  let most = 0;
  await concurrently([1, 2, 3, 4, 5], { atOnce: 2 }, async (item) => {
    most = Math.max(most, ++open);
    await sleep(5 - item);
    open -= 1;
    done.push(item);
  });
  expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(done).toHaveLength(5);
  expect(most).toBe(2);
});

test('the first thing thrown stops the rest, which are told by their signal, and is thrown at the end', async () => {
  const begun: number[] = [];
  let stopped = false;
  const working = concurrently([1, 2, 3, 4], { atOnce: 2 }, async (item, signal) => {
    begun.push(item);
    if (item === 2) throw new Error('second');
    await sleep(1000, undefined, { signal }).catch(() => (stopped = true));
  });
  await expect(working).rejects.toThrow('second');
  expect(begun).toEqual([1, 2]);
  expect(stopped).toBe(true);
});

test('an aborted signal stops with its reason', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(concurrently([1], { atOnce: 1, signal }, () => Promise.resolve())).rejects.toThrow('enough');
});
