import { describe, expect, test } from 'vitest';

import type { Comparison, Judge } from '../../src/judges/judge.ts';
import { createJudgmentStore } from '../../src/judges/judgmentStore.ts';
import { withStore } from '../../src/judges/withStore.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const item = (a: string, b: string): Comparison => ({ id: `${a}${b}`, prompt: [{ role: 'user', content: 'q' }], a, b });

/** A judge by length, which fails on empty answers and counts what it is asked. */
function lengthJudge(id = 'length'): Judge & { asked: string[] } {
  const asked: string[] = [];
  return {
    id,
    asked,
    compare: (items, options = {}) => {
      asked.push(...items.map(({ id }) => id));
      options.onProgress?.(items.length, items.length);
      return Promise.resolve(
        items.map(({ a, b }) =>
          a === '' ? { error: 'nothing to judge' } : { pFirst: a.length / (a.length + b.length), cost: { seconds: 1 } },
        ),
      );
    },
    dispose: () => {},
  };
}

describe('a judge with a store', () => {
  test('stops where more fail than may, and has what it judged by then', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    const inner = lengthJudge();
    const good = Array.from({ length: 100 }, (_, i) => item('x'.repeat(i + 1), 'y'));
    const bad = Array.from({ length: 200 }, (_, i) => item('', 'y'.repeat(i + 1)));
    const strict = withStore(inner, store, { maxFailed: 0.5, option: '--max-failed' });
    await expect(strict.compare([...good, ...bad])).rejects.toThrow(
      'The judge failed on 156 of 256 questions; a share of 0.5 may fail:\n  156 times: nothing to judge\n' +
        'Mend the judge or the data, or raise --max-failed.',
    );
    expect(inner.asked).toHaveLength(256);
    expect(await withStore(inner, store, { maxFailed: 0.7 }).compare([...good, ...bad])).toHaveLength(300);
    expect(inner.asked).toHaveLength(256 + 200);
  });

  test('judges a comparison once, over duplicates, calls and reopened stores', async () => {
    const folder = await temporaryFolder();
    const inner = lengthJudge();
    const items = [item('x', 'yyy'), item('xx', 'y'), item('x', 'yyy')];
    for (let round = 0; round < 2; round++) {
      const store = await createJudgmentStore(folder);
      const judge = withStore(inner, store);
      const progress: number[] = [];
      const verdicts = await judge.compare(items, { onProgress: (done) => progress.push(done) });
      expect(verdicts.map(({ pFirst }) => pFirst)).toEqual([1 / 4, 2 / 3, 1 / 4]);
      expect(verdicts.map(({ cost }) => cost!.seconds)).toEqual(round === 0 ? [1, 1, 0] : [0, 0, 0]);
      expect(progress).toEqual(round === 0 ? [3] : []);
      expect(await judge.compare([...items].reverse())).toHaveLength(3);
      await store.close();
    }
    expect(inner.asked).toEqual(['xyyy', 'xxy']);
  });

  test('asks again about failures, other prompts and other judges', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    const inner = lengthJudge();
    const judge = withStore(inner, store);
    const failing = item('', 'y');
    const other = { ...item('x', 'y'), id: 'other', prompt: [{ role: 'user', content: 'another' }] };
    for (let round = 0; round < 2; round++) {
      const verdicts = await judge.compare([failing, item('x', 'y'), other]);
      expect(verdicts.map(({ error, pFirst }) => error ?? pFirst)).toEqual(['nothing to judge', 0.5, 0.5]);
    }
    expect(inner.asked).toEqual(['y', 'xy', 'other', 'y']);
    const second = lengthJudge('second');
    await withStore(second, store).compare([item('x', 'y')]);
    expect(second.asked).toEqual(['xy']);
    await store.close();
  });

  test('asks again where either side said something else before', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    const inner = lengthJudge();
    const judge = withStore(inner, store);
    const behind = (id: string, a: string, b: string) => ({ ...item('x', 'y'), id, earlier: { a: [a], b: [b] } });
    const items = [item('x', 'y'), behind('same', '1', '1'), behind('other', '1', '2'), behind('swapped', '2', '1')];
    for (let round = 0; round < 2; round++) expect(await judge.compare(items)).toHaveLength(4);
    expect(inner.asked).toEqual(items.map(({ id }) => id));
    await store.close();
  });

  test('does not keep a verdict that is no probability', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    for (const pFirst of [NaN, 1.7, -0.1]) {
      const judge = withStore({ ...lengthJudge(), compare: () => Promise.resolve([{ pFirst }]) }, store);
      await judge.compare([item('x', 'y')]);
    }
    expect(store.size).toBe(0);
    await store.close();
  });

  test('keeps what was judged before the judge broke down', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    const items = Array.from({ length: 600 }, (_, i) => item('x'.repeat(i + 1), 'y'));
    const inner = lengthJudge();
    let calls = 0;
    const breaking: Judge = {
      ...inner,
      compare: (part) => (++calls === 3 ? Promise.reject(new Error('down')) : inner.compare(part)),
    };
    await expect(withStore(breaking, store).compare(items)).rejects.toThrow('down');
    await withStore(inner, store).compare(items);
    expect(inner.asked).toEqual(items.map(({ id }) => id));
    await store.close();
  });
});
