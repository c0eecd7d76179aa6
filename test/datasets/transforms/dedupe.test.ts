import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { collectRows, dedupe } from '../../../datasets/index.ts';

const texts = async (...values: unknown[]): Promise<unknown[]> => {
  const rows = values.map((text) => ({ text }));
  return (await collectRows(dedupe(rows, { fields: ['text'] }))).rows.map((row) => row.text);
};

const key = ({ text }: { text: string }): string => text.normalize('NFC').split(/\s+/u).filter(Boolean).join(' ');

async function* endless(): AsyncGenerator<{ n: number }> {
  for (let n = 0; ; n++) yield { n: n >> 1 };
}

test('of rows that say the same in the chosen fields the first stays, and the rest is counted', async () => {
  const rows = [
    { id: '1', prompt: 'Why?', chosen: 'So.' },
    { id: '2', prompt: 'Why?', chosen: 'Because.' },
    { id: '3', prompt: ' Why?\t', chosen: 'So.\n' },
  ];
  const { rows: kept, entry } = await collectRows(dedupe(rows, { fields: ['prompt', 'chosen'] }));
  expect(kept).toEqual(rows.slice(0, 2));
  expect(entry).toEqual({ name: 'dedupe', options: { fields: ['prompt', 'chosen'] }, rowsIn: 3, rowsOut: 2 });
});

describe('two contents are the same', () => {
  test.each([
    ['whatever whitespace parts their words', 'a  b', '\na\u00a0b '],
    ['however their accents are composed', 'caf\u00e9', 'cafe\u0301'],
    [
      'in messages, whatever the order of their keys',
      [{ role: 'user', content: 'a' }],
      [{ content: 'a ', role: 'user' }],
    ],
    ['as large integers', 2n ** 60n, 2n ** 60n],
    ['when both are null', null, null],
  ])('%s', async (_, a, b) => {
    expect(await texts(a, b)).toEqual([a]);
  });

  test.each([
    ['in another case', 'a', 'A'],
    ['with other punctuation', 'a', 'a.'],
    ['with other words run together', 'a b', 'ab'],
    ['by another role', [{ role: 'user', content: 'a' }], [{ role: 'assistant', content: 'a' }]],
    ['as a number and a text', 1, '1'],
    ['as null and an empty text', null, ''],
    ['with words parted otherwise between messages', ['a b', 'c'], ['a', 'b c']],
  ])('not %s', async (_, a, b) => {
    expect(await texts(a, b)).toEqual([a, b]);
  });
});

test('fields do not run into each other', async () => {
  const rows = [
    { a: 'x', b: 'yz' },
    { a: 'xy', b: 'z' },
  ];
  expect((await collectRows(dedupe(rows, { fields: ['a', 'b'] }))).rows).toEqual(rows);
});

test('done twice is done once, no content is lost, and the order stays', async () => {
  const row = fc.record({
    text: fc.oneof(fc.constantFrom('a', 'b', ' a'), fc.string({ unit: 'binary', maxLength: 12 })),
  });
  const property = fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
    const once = (await collectRows(dedupe(rows, { fields: ['text'] }))).rows;
    expect((await collectRows(dedupe(once, { fields: ['text'] }))).rows).toEqual(once);
    const firsts = rows.filter((row, at) => rows.findIndex((other) => key(other) === key(row)) === at);
    expect(once).toEqual(firsts);
  });
  await fc.assert(property, { seed: 1, numRuns: 200 });
});

test('rows that stream are given as they come', async () => {
  const given: number[] = [];
  const stream = dedupe(endless(), { fields: ['n'] });
  for await (const { n } of stream) {
    given.push(n);
    if (n === 3) break;
  }
  expect(given).toEqual([0, 1, 2, 3]);
  expect(stream.entry()).toMatchObject({ rowsIn: 7, rowsOut: 4 });
  await expect(collectRows(stream)).rejects.toThrow('dedupe: these rows were read before. Keep them with collectRows.');
});

test('no rows give no rows', async () => {
  const stream = dedupe<{ text: string }>([], { fields: ['text'] });
  expect(await collectRows(stream)).toEqual({ rows: [], entry: { ...stream.entry(), rowsIn: 0, rowsOut: 0 } });
});

test('fields that rows lack are refused with the row and the likely name, and so are none', async () => {
  const rows = [{ prompt: 'a' }, { promt: 'b' }];
  await expect(collectRows(dedupe<object>(rows, { fields: ['prompt' as never] }))).rejects.toThrow(
    new RangeError(
      'dedupe: expected "prompt" in each row, row 2 has promt. Did you mean "promt"? Name fields that all rows have.',
    ),
  );
  expect(() => dedupe(rows, { fields: [] })).toThrow('dedupe: fields must name at least one field, got none.');
});
