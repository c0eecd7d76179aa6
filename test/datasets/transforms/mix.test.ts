import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  collectRows,
  dedupe,
  mix,
  recordedTransforms,
  recordTransform,
  type MixSource,
} from '../../../datasets/index.ts';

type Stop = NonNullable<Parameters<typeof mix>[1]['stop']>;

const letters = (text: string, weight = 1): MixSource<string> => ({ name: text, rows: Array.from(text), weight });
const mixed = async (sources: MixSource<string>[], stop: Stop, seed = 1): Promise<string> =>
  (await collectRows(mix(sources, { seed, stop }))).rows.join('');
/** How often each character is there. */
const counts = (text: string): Record<string, number> => {
  const result: Record<string, number> = {};
  for (const letter of text) result[letter] = (result[letter] ?? 0) + 1;
  return result;
};
async function* once(rows: string[], closed: string[] = []): AsyncGenerator<string> {
  try {
    yield* rows;
  } finally {
    closed.push(rows.join(''));
  }
}

function* endless(name: string): Generator<string> {
  for (;;) yield name;
}

const sources = fc
  .uniqueArray(fc.constantFrom('abc', 'ABCDEFG', '1', '23456789'), { minLength: 1 })
  .chain((texts) =>
    fc.tuple(...texts.map((text) => fc.integer({ min: 1, max: 9 }).map((weight) => letters(text, weight)))),
  );
const ofSource = (text: string, { name }: MixSource<string>): string =>
  Array.from(text)
    .filter((letter) => name.includes(letter))
    .join('');

describe('mixing stops', () => {
  test('with the last row of the first source that ends, each source in its order', async () => {
    const property = fc.asyncProperty(sources, fc.integer(), async (list, seed) => {
      const text = await mixed(list, 'first-exhausted', seed);
      const ended = list.filter((source) => ofSource(text, source) === source.name);
      expect(ended.map(({ name }) => name.at(-1))).toEqual([text.at(-1)]);
      for (const source of list) expect(source.name.startsWith(ofSource(text, source))).toBe(true);
    });
    await fc.assert(property, { seed: 1, numRuns: 100 });
  });

  test('when the last source ends, those that ended before starting again', async () => {
    const property = fc.asyncProperty(sources, fc.integer(), async (list, seed) => {
      const text = await mixed(list, 'all-exhausted', seed);
      for (const source of list) {
        const own = ofSource(text, source);
        expect(own.length).toBeGreaterThanOrEqual(source.name.length);
        expect(source.name.repeat(own.length).startsWith(own)).toBe(true);
      }
      const last = list.find(({ name }) => name.includes(text.at(-1)!))!;
      expect(ofSource(text, last)).toBe(last.name);
    });
    await fc.assert(property, { seed: 1, numRuns: 100 });
  });

  test('when each row was given once, without replacement', async () => {
    const property = fc.asyncProperty(sources, fc.integer(), async (list, seed) => {
      const text = await mixed(list, 'all-exhausted-without-replacement', seed);
      expect(counts(text)).toEqual(counts(list.map(({ name }) => name).join('')));
      for (const source of list) expect(ofSource(text, source)).toBe(source.name);
    });
    await fc.assert(property, { seed: 1, numRuns: 100 });
  });

  test('after the total, and closes what it reads', async () => {
    const closed: string[] = [];
    const list = ['aaaaaaaa', 'bbbbbbbb'].map((name) => ({ name, rows: once(Array.from(name), closed), weight: 1 }));
    const { rows } = await collectRows(mix(list, { seed: 1, total: 6 }));
    expect(rows).toHaveLength(6);
    expect(closed.toSorted()).toEqual(['aaaaaaaa', 'bbbbbbbb']);
  });
});

test('shares of the rows come near the weights', async () => {
  const weights = { a: 6, b: 3, c: 1 };
  const list = Object.entries(weights).map(([name, weight]) => ({ name, rows: endless(name), weight }));
  const { rows } = await collectRows(mix(list, { seed: 1, total: 20_000 }));
  const found = counts(rows.join(''));
  // Four standard deviations of a share of 20,000 draws are at most 0.0142.
  for (const [name, weight] of Object.entries(weights)) {
    expect(Math.abs(found[name]! / 20_000 - weight / 10), name).toBeLessThan(0.0142);
  }
});

test('the same seed gives the same rows, from memory, from a stream and resumed at any row; another seed gives others', async () => {
  const list = (): MixSource<string>[] => [letters('abcdefghijklmnop'), letters('ABCDEFGHIJKLMNOP')];
  const text = await mixed(list(), 'first-exhausted');
  const streams = list().map((source) => ({ ...source, rows: () => once(Array.from(source.name)) }));
  expect(await mixed(streams, 'first-exhausted')).toBe(text);
  expect(await mixed(list(), 'first-exhausted', 2)).not.toBe(text);
  for (let skip = 0; skip < text.length; skip++) {
    const tail: string[] = [];
    let at = 0;
    for await (const row of mix(list(), { seed: 1 })) if (at++ >= skip) tail.push(row);
    expect(tail.join('')).toBe(text.slice(skip));
  }
});

test('the entry tells what each source gave, and what its rows went through', async () => {
  const clean = dedupe([{ text: 'a' }, { text: 'a' }, { text: 'b' }], { fields: ['text'] });
  const list = [
    { name: 'clean', rows: clean, weight: 3, transforms: () => [clean.entry()] },
    { name: 'raw', rows: [{ text: 'c' }], weight: 1 },
  ];
  const { rows, entry } = await collectRows(
    mix(list, { seed: 7, stop: 'all-exhausted-without-replacement', total: 9 }),
  );
  expect(rows).toHaveLength(3);
  const transforms = [{ name: 'dedupe', options: { fields: ['text'] }, rowsIn: 3, rowsOut: 2 }];
  expect(entry).toEqual({
    name: 'mix',
    options: {
      seed: 7,
      stop: 'all-exhausted-without-replacement',
      total: 9,
      sources: [
        { name: 'clean', weight: 3, rows: 2, transforms },
        { name: 'raw', weight: 1, rows: 1, transforms: [] },
      ],
    },
    rowsIn: 3,
    rowsOut: 3,
  });
  expect(recordedTransforms(recordTransform({}, entry))).toEqual([entry]);
});

test('what cannot be mixed is refused', async () => {
  expect(() => mix([], { seed: 1 })).toThrow('mix: sources must have names of their own, got none. Name each one.');
  expect(() => mix([letters('a'), letters('a')], { seed: 1 })).toThrow('got "a", "a". Name each one.');
  expect(() => mix([letters('a', 0)], { seed: 1 })).toThrow('mix: weight must be a number above 0, "a" has 0.');
  expect(() => mix([letters('a')], { seed: 1, total: 0 })).toThrow('total must be a whole number of at least 1, got 0');
  const empty = mix([{ name: 'none', rows: [], weight: 1 }], { seed: 1 });
  await expect(collectRows(empty)).rejects.toThrow('mix: expected rows in each source, "none" has none. Leave it out.');
  const stream = mix([{ name: 'one', rows: once(['a']), weight: 1000 }, letters('bcdefgh')], {
    seed: 1,
    stop: 'all-exhausted',
  });
  await expect(collectRows(stream)).rejects.toThrow(
    'mix: "one" must start again and gives its rows once. Hand in a function that opens them, or collect them.',
  );
});
