import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { readPrompts } from '../../../datasets/index.ts';
import { readParquet } from '../../../datasets/readers/readParquet.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { rowsOf } from './rowsOf.ts';
import { fromFile } from './fromFile.ts';
import { memorySource } from './memorySource.ts';
import { TYPE_ROWS } from './typeRows.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../golden/formats/${name}.parquet`, import.meta.url));

// As test/golden/makeFormatCases.py writes them.
const WORDS = ['hi', 'é漢🦜', '', 'two\nlines', 'hi'];
const ROWS = WORDS.map((word, at) => ({
  id: `r${at}`,
  messages: [
    { role: 'user', content: word },
    { role: 'assistant', content: `${word} ${at}` },
  ],
  score: at === 1 ? null : at / 4,
  count: BigInt(at),
  tags: at % 2 === 1 ? [null, word] : [],
  empty: null,
}));

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'file.parquet');
  await writeFile(path, bytes);
  return path;
}

test.each(['none', 'snappy', 'zstd', 'gzip', 'plain'])(
  'pyarrow wrote %s: nested rows, Unicode, nulls',
  async (name) => {
    expect(await rowsOf(fixture(name), readParquet)).toEqual(ROWS);
  },
);

test.each(['snappy', 'gzip', 'zstd', 'brotli', 'lz4'])('pyarrow wrote types_%s: every type', async (name) => {
  expect(await rowsOf(fixture(`types_${name}`), readParquet)).toEqual(TYPE_ROWS);
});

test('pyarrow wrote types_v1: the old format has milliseconds, and no integers of unsigned 32 bits', async () => {
  const old = {
    uint32: [0n, null, 2n ** 32n - 1n],
    stamp_us: ['2026-11-27T13:05:00.000Z', null, '0001-01-01T00:00:00.001Z'],
    stamp_zone: ['2026-11-27T12:05:00.000Z', null, '1970-01-01T00:00:00.000Z'],
    stamp_ns: ['2026-11-27T13:05:00.123', null, '1970-01-01T00:00:00.000'],
  };
  const rows = await rowsOf(fixture('types_v1'), readParquet);
  const expected = TYPE_ROWS.map((row, at) => ({
    ...row,
    ...Object.fromEntries(Object.entries(old).map(([name, values]) => [name, values[at]])),
  }));
  expect(rows).toEqual(expected);
});

test.each([
  ['pages', 5000],
  ['pages_unindexed', 3000],
])('%s: rows over many pages of other lengths in each column', async (name, count) => {
  const rows = await rowsOf(fixture(name), readParquet);
  expect(rows).toEqual(
    Array.from({ length: count }, (_, at) => ({
      at: BigInt(at),
      text: `row ${at}`.repeat(at % 40),
      turns: Array.from({ length: at % 3 }, () => ({ role: 'user', content: String(at) })),
    })),
  );
});

test('a file of datasets, and one without rows', async () => {
  const rows = await rowsOf(fixture('datasets'), readParquet);
  expect(rows[4]).toEqual({ id: 'r4', messages: [{ role: 'user', content: 'hi 4' }], n: 4n });
  expect(await rowsOf(fixture('empty'), readParquet)).toEqual([]);
});

test('prompts come from Parquet as from any other format', async () => {
  const prompts = await readPrompts(fixture('zstd'), { limit: 2 });
  expect(prompts.map(({ id, source }) => [id, source])).toEqual([
    ['r0', 'zstd.parquet'],
    ['r1', 'zstd.parquet'],
  ]);
  expect(prompts[1]!.messages[0]).toEqual({ role: 'user', content: 'é漢🦜' });
});

test('a page may have more values than a call has arguments', async () => {
  const rows = await rowsOf(fixture('long_page'), readParquet);
  expect(rows).toHaveLength(200_000);
  expect(rows.at(-1)).toEqual({ prompt: 'again' });
});

test('row groups are read one by one: those before a damaged one are rows', async () => {
  const bytes = await readFile(fixture('none'));
  const lastGroup = bytes.indexOf('r4'); // in the dictionary that opens it; its page header stands in front
  bytes.fill(0xff, lastGroup - 12, lastGroup - 4);
  const path = await fileOf(bytes);
  const seen: unknown[] = [];
  const { code } = await userErrorOf(async () => {
    for await (const { id } of fromFile(path, readParquet)) seen.push(id);
  });
  expect(code).toBe('parquet.damaged');
  expect(seen).toEqual(['r0', 'r1', 'r2', 'r3']);
});

test('a file cut at any byte is an error, never rows', async () => {
  const bytes = await readFile(fixture('plain'));
  for (let length = 4; length < bytes.length; length += 97) {
    const path = await fileOf(bytes.subarray(0, length));
    const { code, message } = await userErrorOf(() => rowsOf(path, readParquet), path);
    expect(code).toBe('parquet.truncated');
    expect(message).toContain(`found ${length} bytes without one: it is truncated`);
  }
});

test('a file damaged between its ends is an error', async () => {
  const bytes = await readFile(fixture('plain'));
  const path = await fileOf(bytes.fill(0xff, 4, bytes.length - 4));
  expect((await userErrorOf(() => rowsOf(path, readParquet))).code).toBe('parquet.damaged');
});

test.each(['none', 'plain', 'zstd'])('%s with one byte changed gives all of its rows, or an error', async (name) => {
  const bytes = await readFile(fixture(name));
  for (let at = 4; at < bytes.length; at += 3) {
    bytes[at]! ^= 0xff;
    let rows = 0;
    try {
      for await (const row of readParquet(memorySource(bytes))) rows += Object.keys(row).length > 0 ? 1 : 0;
      expect(rows).toBe(5);
    } catch (error) {
      const message: unknown = expect.stringMatching(/^memory: /);
      expect(error).toMatchObject({ code: expect.stringMatching(/^parquet\./) as unknown, message });
    }
    bytes[at]! ^= 0xff;
  }
});
