import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readJsonArray } from '../../../datasets/readers/readJsonArray.ts';
import { readRows, type ReadRow } from '../../../datasets/readers/readRows.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf, shortly } from './allRows.ts';
import { anyText } from './anyText.ts';

async function inChunks(bytes: Uint8Array, length: number): Promise<ReadRow[]> {
  const rows: ReadRow[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
  }
  for await (const batch of readJsonArray('file', chunks())) rows.push(...batch);
  return rows;
}

test('any array comes through, however it is spaced and wherever it is cut', async () => {
  const text = fc.oneof(anyText, fc.constantFrom('\\"', '"', '\\', '[{,]}', '\\\\"'));
  const object = fc.dictionary(text, fc.oneof(text, fc.array(text), fc.integer(), fc.dictionary(text, text)), {
    maxKeys: 3,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 6 }),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom(undefined, 2),
      async (objects, length, indent) => {
        const json = JSON.stringify(objects, null, indent);
        const rows = await inChunks(Buffer.from(json), length);
        const parsed = JSON.parse(json) as unknown[];
        expect(shortly(rows)).toEqual(parsed.map((value, at) => [`row ${at + 1}`, value]));
      },
    ),
    { seed: 1, numRuns: 60 },
  );
});

test('an array is read from a file, plain, with a byte order mark and compressed', async () => {
  const json = ' [ {"a": [1, "]"]} ,\r\n\t{"b": null} ]\n';
  const rows = [
    ['row 1', { a: [1, ']'] }],
    ['row 2', { b: null }],
  ];
  for (const content of [json, `\uFEFF${json}`, gzipSync(json)]) {
    expect(shortly(await allRows(await fileOf(content)))).toEqual(rows);
  }
  expect(await allRows(await fileOf('[\n]'))).toEqual([]);
});

test('what is no row is a problem of its element', async () => {
  const content = '[{"a":1},\n7,\n[{"b":2}],\n{"a":NaN},\n{"a":1,"a":2},\n{"a":1} {"a":2},\n"x,y",\n{"last":1},]';
  expect(shortly(await allRows(await fileOf(content)))).toEqual([
    ['row 1', { a: 1 }],
    ['row 2', 'expected a JSON object, found 7, at line 2'],
    ['row 3', 'expected a JSON object, found [{"b":2}], at line 3'],
    ['row 4', expect.stringMatching(/found invalid JSON \(.*NaN.*\), at line 4$/s)],
    ['row 5', 'expected each key once, found "a" twice in an object, at line 5'],
    ['row 6', expect.stringMatching(/found invalid JSON .*, at line 6$/s)],
    ['row 7', 'expected a JSON object, found "x,y", at line 7'],
    ['row 8', { last: 1 }],
    ['row 9', expect.stringContaining('found invalid JSON')],
  ]);
});

test.each([
  ['cut between rows', '[{"a":1},\n{"a":2}', 'no end of it after 1 rows (line 2)'],
  ['cut in a string', '[{"a":1},{"a":"', 'no end of it after 1 rows (line 1)'],
  ['followed by another', '[{"a":1}]\n[{"a":2}]', 'more after its end in line 2'],
])('an array %s is an error, after its rows', async (_, content, found) => {
  const seen: ReadRow[] = [];
  const path = await fileOf(content);
  const { code, message } = await userErrorOf(async () => {
    for await (const batch of readJsonArray(path, [Buffer.from(content)] as never)) seen.push(...batch);
  }, path);
  expect(code).toBe('rows.json');
  expect(message).toContain(`.: expected a JSON array of objects, found ${found}`);
  expect(shortly(seen)).toEqual([['row 1', { a: 1 }]]);
});

test('an array in one line is read piece by piece: rows come before its end', async () => {
  const path = await fileOf(`[${'{"a":1},'.repeat(100_000)}`);
  let count = 0;
  const { message } = await userErrorOf(async () => {
    for await (const _ of readRows(path)) count++;
  });
  expect(message).toContain('no end of it after 100000 rows');
  expect(count).toBe(100_000);
});
