import * as fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';

import { readCsv } from '../../../datasets/readers/readCsv.ts';
import type { ReadRow } from '../../../datasets/readers/readRow.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf, shortly } from './allRows.ts';
import { anyText } from './anyText.ts';

async function rowsOf(content: string, name = 'file.csv'): Promise<[string, unknown][]> {
  return shortly(await allRows(await fileOf(content, name)));
}

test('quotes, line breaks inside them and empty fields are read, and rows are named by the line they begin in', async () => {
  const content = 'id,text\n1,"two\nlines, and ""quotes"""\n2,\n\n3," kept "\n4,5" disk';
  expect(await rowsOf(content)).toEqual([
    ['line 2', { id: '1', text: 'two\nlines, and "quotes"' }],
    ['line 4', { id: '2', text: null }],
    ['line 6', { id: '3', text: ' kept ' }],
    ['line 7', { id: '4', text: '5" disk' }],
  ]);
});

test('what other programs write is read: byte order mark, carriage returns, an index without a name', async () => {
  expect(await rowsOf('\uFEFF,a,"b"\r\n0,x,"y\r\nz"\r\n1,,"q"\r\n')).toEqual([
    ['line 2', { 'Unnamed: 0': '0', a: 'x', b: 'y\r\nz' }],
    ['line 4', { 'Unnamed: 0': '1', a: null, b: 'q' }],
  ]);
  expect(await rowsOf('a,b\r1,2\r3,4\r')).toEqual([
    ['line 2', { a: '1', b: '2' }],
    ['line 3', { a: '3', b: '4' }],
  ]);
});

test.each([
  ['a tab', 'a\tb, c\n1\t2,3\n', { a: '1', 'b, c': '2,3' }],
  ['a semicolon', 'a;"b, c"\n1,5;2\n', { a: '1,5', 'b, c': '2' }],
  ['a comma', 'a,b;c\n1,2\n', { a: '1', 'b;c': '2' }],
])('%s between the columns is told by the header', async (_, content, row) => {
  expect(await rowsOf(content, 'file')).toEqual([['line 2', row]]);
});

test('one column is a table too, where the name says CSV', async () => {
  expect(await rowsOf('prompt\nhi\n"a, b"\n')).toEqual([
    ['line 2', { prompt: 'hi' }],
    ['line 3', { prompt: 'a, b' }],
  ]);
  expect(await rowsOf('prompt\nhi, you\n', 'file.tsv')).toEqual([['line 2', { prompt: 'hi, you' }]]);
});

test('JSON under the name of a CSV file is JSON, and broken JSON Lines are no CSV', async () => {
  expect(await rowsOf('{"a":1}\n')).toEqual([['line 1', { a: 1 }]]);
  const [first, second] = await rowsOf('not json, really\n{"a":1,"b":2}\n', 'file');
  expect(first![1]).toContain('found invalid JSON');
  expect(second).toEqual(['line 2', { a: 1, b: 2 }]);
});

test('rows with more or fewer fields are problems of their line', async () => {
  expect(await rowsOf('a,b\n1\n"x\ny",2\n1,2,3\n')).toEqual([
    ['line 2', 'expected 2 fields as in the header, found 1'],
    ['line 3', { a: 'x\ny', b: '2' }],
    ['line 5', 'expected 2 fields as in the header, found 3'],
  ]);
});

test.each([
  ['a column twice', 'a,b,a\n1,2,3\n', 'found "a" more than once'],
  ['a quote that never ends', 'a,b\n1,2\n3,"x\n4,5\n', 'found one that never ends in the row at line 3'],
  ['a stray quote', 'a,b\n1,2\n3,"x"y\n4,5\n', 'found a quote within one in the row at line 3'],
])('%s is an error', async (_, content, found) => {
  const { code, message } = await userErrorOf(() => rowsOf(content));
  expect(code).toBe('rows.csv');
  expect(message).toContain(found);
});

test('any table comes through, wherever it is cut', async () => {
  const fields = fc.tuple(anyText, anyText, anyText).filter((row) => row.some((field) => field.trim() !== ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fields),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(',', ';', '\t'),
      fc.constantFrom('\n' as const, '\r\n' as const),
      async (table, length, delimiter, newline) => {
        const content = Papa.unparse([['a', 'b', 'c'], ...table], { delimiter, newline, quotes: true });
        const bytes = Buffer.from(`${content}${newline}`);
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
        }
        const rows: ReadRow[] = [];
        for await (const batch of readCsv('file', chunks())) rows.push(...batch);
        const read = rows.map((place) => ('row' in place ? Object.values(place.row) : place.problem));
        expect(read).toEqual(table.map((row) => row.map((field) => (field === '' ? null : field))));
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

test('a field of 6 MB with line breaks is read in time that grows with its length', async () => {
  const text = 'some "quoted" words\n'.repeat(300_000);
  const content = `id,text\n1,"${text.replaceAll('"', '""')}"\n2,x\n`;
  const rows = await allRows(await fileOf(content, 'file.csv'));
  expect(rows.map(({ at }) => at)).toEqual(['line 2', 'line 300003']);
  expect('row' in rows[0]! && rows[0].row['text'] === text).toBe(true);
});
