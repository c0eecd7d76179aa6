import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf, shortly } from './allRows.ts';

// Written by test/golden/makeFormatCases.py with zstandard.
const golden = new URL('../../golden/formats/lines.jsonl.zst', import.meta.url);

async function numbersIn(bytes: Uint8Array): Promise<unknown[]> {
  return (await allRows(await fileOf(bytes))).map((place) => ('row' in place ? place.row['n'] : place.problem));
}

const numbers = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, at) => first + at);

test('gzip files written one after another are read as one', async () => {
  const rows = await allRows(await fileOf(Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"a":2}\n')])));
  expect(shortly(rows)).toEqual([
    ['line 1', { a: 1 }],
    ['line 2', { a: 2 }],
  ]);
});

test('Zstandard is told by its bytes, and its frames are read as one', async () => {
  const frame = await readFile(golden);
  expect(await numbersIn(frame)).toEqual(numbers(0, 30_000));
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const both = await numbersIn(Buffer.concat([skipped, frame, skipped, frame]));
  expect(both).toEqual([...numbers(0, 30_000), ...numbers(0, 30_000)]);
});

test.each([
  [
    'gzip',
    'input.gzip',
    async () => gzipSync(Array.from({ length: 1000 }, (_, at) => `{"n":${at * 7919}}`).join('\n')),
  ],
  ['Zstandard', 'input.zstd', async () => readFile(golden)],
])('a truncated %s file is an error, wherever it is cut', async (format, code, whole) => {
  const bytes = await whole();
  for (const part of [0.3, 0.7, 0.99]) {
    const path = await fileOf(bytes.subarray(0, Math.floor(bytes.length * part)));
    const error = await userErrorOf(() => allRows(path), path);
    expect(error.code).toBe(code);
    expect(error.message).toContain(`.: expected a whole ${format} file, found a truncated or damaged one (`);
  }
});

test('damaged compressed files are errors', async () => {
  const gzip = gzipSync('{"a":1}\n'.repeat(100));
  gzip.writeUInt32LE(1, gzip.length - 8);
  expect((await userErrorOf(async () => allRows(await fileOf(gzip)))).message).toContain('(incorrect data check)');
  const zstd = await readFile(golden);
  zstd.fill(0xff, 1000, 1100);
  expect((await userErrorOf(async () => allRows(await fileOf(zstd)))).code).toBe('input.zstd');
});
