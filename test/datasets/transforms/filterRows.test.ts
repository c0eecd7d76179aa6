import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { collectRows, filterRows, recordedTransforms, recordTransform } from '../../../datasets/index.ts';

const PAIRS = [
  { id: 'good', prompt: [{ role: 'user', content: 'Why?' }], chosen: 'So it is.', rejected: 'No.', scoreMargin: 2 },
  { id: 'empty', prompt: [{ role: 'user', content: 'Why?' }], chosen: '', rejected: '', scoreMargin: 2 },
  { id: 'long', prompt: [{ role: 'user', content: 'Why?' }], chosen: 'So '.repeat(9), rejected: 'No.', scoreMargin: 2 },
  { id: 'close', prompt: [{ role: 'user', content: 'Why?' }], chosen: 'So.', rejected: 'No.', scoreMargin: 0.5 },
  { id: 'unscored', prompt: [{ role: 'user', content: 'Why?' }], chosen: 'So.', rejected: 'No.', scoreMargin: null },
  {
    id: 'same',
    prompt: [{ role: 'user', content: 'Why?' }],
    chosen: 'So  it is.',
    rejected: 'So it is. ',
    scoreMargin: 2,
  },
  { id: 'rude', prompt: [{ role: 'user', content: 'Why?' }], chosen: 'Oh, shut up.', rejected: 'No.', scoreMargin: 2 },
];

const within = async (value: unknown, limits: { min?: number; max?: number }): Promise<number> => {
  const { rows } = await collectRows(filterRows([{ value }], { textLength: { fields: ['value'], ...limits } }));
  return rows.length;
};

const size = (text: string): number => Array.from(text).length;
const same = (a: string, b: string): boolean => a.normalize('NFC').trim() === b.trim();
const collect = (row: object, rules: object): Promise<unknown> => collectRows(filterRows([{ id: 'a' }, row], rules));

test('rows that break a rule are left out, counted under the first rule they break', async () => {
  const stream = filterRows(PAIRS, {
    textLength: { fields: ['chosen', 'rejected'], min: 1 },
    tokenLength: { of: (row) => row.chosen.split(' ').length, max: 8 },
    scoreMargin: { min: 1 },
    identical: ['chosen', 'rejected'],
    keep: { reason: 'rude', where: (row) => !row.chosen.includes('shut up') },
  });
  const { rows, entry } = await collectRows(stream);
  expect(rows).toEqual(PAIRS.slice(0, 1));
  expect(entry).toEqual({
    name: 'filterRows',
    options: {
      textLength: { fields: ['chosen', 'rejected'], min: 1 },
      tokenLength: { of: 'function', max: 8 },
      scoreMargin: { min: 1 },
      identical: ['chosen', 'rejected'],
      rude: 'function',
    },
    rowsIn: 7,
    rowsOut: 1,
    dropped: { textLength: 1, tokenLength: 1, scoreMargin: 2, identical: 1, rude: 1 },
  });
  expect(recordedTransforms(recordTransform({}, entry))).toEqual([entry]);
});

describe('lengths', () => {
  test.each([
    ['count characters, not halves of them', '\u{1f600}\u{1f600}', 2],
    ['count an accent of its own', 'e\u0301', 2],
    [
      'count what all messages say, without their roles',
      [
        { role: 'user', content: 'ab' },
        { role: 'assistant', content: 'c' },
      ],
      3,
    ],
    ['are nothing for null', null, 0],
  ])('%s', async (_, value, length) => {
    expect(await within(value, { min: length, max: length })).toBe(1);
    expect(await within(value, { max: length - 1 })).toBe(0);
    expect(await within(value, { min: length + 1 })).toBe(0);
  });
});

test('done twice is done once, no row is lost or doubled, and the order stays', async () => {
  const row = fc.record({
    a: fc.string({ unit: 'binary', maxLength: 12 }),
    b: fc.constantFrom('', 'x', ' x'),
    scoreMargin: fc.double({ noNaN: true }),
  });
  const property = fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.nat(5), fc.nat(5), async (rows, min, more) => {
    const rules = {
      textLength: { fields: ['a' as const], min, max: min + more },
      scoreMargin: { min: 0 },
      identical: ['a', 'b'] as const,
    };
    const { rows: once, entry } = await collectRows(filterRows(rows, rules));
    expect((await collectRows(filterRows(once, rules))).rows).toEqual(once);
    const dropped = Object.values(entry.dropped!).reduce((sum, count) => sum + count, 0);
    expect(once.length + dropped).toBe(rows.length);
    const stay = rows.filter(
      ({ a, b, scoreMargin }) => size(a) >= min && size(a) <= min + more && scoreMargin >= 0 && !same(a, b),
    );
    expect(once).toEqual(stay);
  });
  await fc.assert(property, { seed: 1, numRuns: 100 });
});

test('rules that keep nothing or say nothing are refused, and so are rows that a rule cannot judge', async () => {
  expect(() => filterRows(PAIRS, {})).toThrow('filterRows: expected a rule, got none. Name one, such as textLength.');
  expect(() => filterRows(PAIRS, { textLength: { fields: ['chosen'] } })).toThrow('textLength must have min or max');
  expect(() => filterRows(PAIRS, { tokenLength: { of: () => 1, min: 3, max: 2 } })).toThrow(
    'got 3 to 2. Correct them.',
  );
  expect(() => filterRows(PAIRS, { identical: ['chosen'] })).toThrow(
    'identical must name two fields or more, got chosen.',
  );
  const taken = { reason: 'identical', where: () => true };
  expect(() => filterRows(PAIRS, { identical: ['chosen', 'rejected'], keep: taken })).toThrow(
    'got identical. Rename it.',
  );
  await expect(collect({ id: 'b' }, { scoreMargin: { min: 0 } })).rejects.toThrow(
    'filterRows: expected "scoreMargin" in each row, row 1 has id. Name fields that all rows have.',
  );
  await expect(collect({ id: 'b' }, { tokenLength: { of: () => NaN, max: 3 } })).rejects.toThrow(
    'filterRows: tokenLength must be a number in each row, row 1 has NaN. Leave such rows out first.',
  );
});
