import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { readRows, writeRows } from '../../../datasets/index.ts';
import { openFile } from '../../../datasets/readers/byteSource.ts';
import { openArrow } from '../../../datasets/readers/openArrow.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const ROWS = [
  {
    id: 'a',
    prompt: [
      { role: 'user', content: 'Hi, "you"' },
      { role: 'assistant', content: 'Hé 😀\n' },
    ],
    chosen: 'x,y',
    score: 1.5,
    good: true,
    count: 2n ** 60n,
    tags: ['p', ''],
    empty: [],
  },
  { id: 'b', prompt: [], chosen: '', score: null, good: false, count: 7n, tags: null, empty: [], late: 'z' },
];

const again = (rows: readonly object[]): (() => AsyncIterable<object>) =>
  async function* () {
    yield* rows;
  };

/** Rows that end as if the disk had no room for more. */
async function* full(): AsyncGenerator<object> {
  yield { a: 1 };
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
}

async function written(name: string, rows: readonly object[]): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeRows(path, again(rows), { metadata: () => ({ seed: '1' }) });
  return path;
}

async function readBack(path: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const place of readRows(path)) {
    if (!('row' in place)) throw new Error(place.problem);
    rows.push(Object.fromEntries(Object.entries(place.row).map(([name, value]) => [name, value ?? null])));
  }
  return rows;
}

test.each(['rows.arrow', 'rows.parquet'])('%s gives every value back, missing ones as null', async (name) => {
  const [first, second] = ROWS;
  expect(await readBack(await written(name, ROWS))).toEqual([{ ...first, late: null }, second]);
});

test.each(['rows.arrow', 'rows.parquet'])('%s takes more rows than fit into one piece', async (name) => {
  const rows = Array.from({ length: 9_000 }, (_, i) => ({
    id: `row ${i}`,
    turns: [{ n: i }],
    text: 'x'.repeat(i % 7),
  }));
  expect(await readBack(await written(name, rows))).toEqual(rows);
});

test('JSON Lines keep rows as they are, integers beyond numbers as text', async () => {
  const path = await written('rows.jsonl', [...ROWS, { mixed: 1 }, { mixed: 'a' }]);
  expect(await readBack(path)).toEqual([
    { ...ROWS[0], count: String(2n ** 60n) },
    { ...ROWS[1], count: 7 },
    { mixed: 1 },
    { mixed: 'a' },
  ]);
  const gzipped = await written('rows.jsonl.gz', ROWS);
  expect(gunzipSync(await readFile(gzipped)).toString()).toBe(
    `${(await readFile(path, 'utf8')).split('\n').slice(0, 2).join('\n')}\n`,
  );
});

test('CSV quotes what it must and tells an empty text from a missing value', async () => {
  const rows = [
    { a: 'plain', b: 'x,"y"\nz', c: [1] },
    { a: '', b: ' space', c: null },
  ];
  expect(await readFile(await written('rows.csv', rows), 'utf8')).toBe(
    'a,b,c\r\nplain,"x,""y""\nz",[1]\r\n""," space",\r\n',
  );
});

test('notes go into the metadata', async () => {
  expect((await openArrow(await openFile(await written('rows.arrow', ROWS)))).schema.metadata).toEqual(
    new Map([['seed', '1']]),
  );
});

test('no rows make a file without rows', async () => {
  for (const name of ['rows.arrow', 'rows.parquet', 'rows.jsonl'])
    expect(await readBack(await written(name, []))).toEqual([]);
});

describe('what cannot be written', () => {
  test('values of several types in a column are named, and nothing is left', async () => {
    const path = join(await temporaryFolder(), 'rows.parquet');
    const rows = [
      { a: 1, b: { c: ['x'] } },
      { a: 'x', b: { c: [2] } },
    ];
    await expect(writeRows(path, again(rows))).rejects.toThrow(
      `${path}: expected values of one type in each column, found several:\n  "a" holds number and text\n` +
        '  "b.c[]" holds text and number\nWrite .jsonl, which keeps them as they are.',
    );
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  test.each(['rows.arrow', 'rows.parquet', 'rows.jsonl', 'rows.csv.gz'])(
    '%s is as before when rows end in a fault',
    async (name) => {
      const path = join(await temporaryFolder(), name);
      await writeFile(path, 'before');
      let readings = 0;
      const faulty = async function* (): AsyncGenerator<object> {
        readings++;
        yield* Array.from({ length: 9000 }, () => ({ a: 'x' }));
        if (readings === 2 || name === 'rows.jsonl') throw new Error('the source broke');
      };
      await expect(writeRows(path, faulty)).rejects.toThrow('the source broke');
      expect(await readFile(path, 'utf8')).toBe('before');
      expect(await readdir(join(path, '..'))).toEqual([name]);
    },
  );

  test('a full disk is the user’s to mend', async () => {
    const path = join(await temporaryFolder(), 'rows.jsonl');
    await expect(writeRows(path, full)).rejects.toThrow(
      `${path}: expected to write it, got "ENOSPC: no space left on device, write". Nothing was kept. ` +
        'Free some space, or name a file on another disk.',
    );
  });

  test('a folder in place of the file', async () => {
    const path = join(await temporaryFolder(), 'rows.jsonl');
    await mkdir(path);
    await expect(writeRows(path, again(ROWS))).rejects.toThrow(/EISDIR.*Name a file that can be written\./);
    expect(await readdir(join(path, '..'))).toEqual(['rows.jsonl']);
  });

  test('a name of no format, and a folder that does not exist', async () => {
    const folder = await temporaryFolder();
    await expect(writeRows(join(folder, 'rows.xlsx'), again(ROWS))).rejects.toThrow(
      'expected a name that ends in .jsonl,',
    );
    await expect(writeRows(join(folder, 'none/rows.csv'), again(ROWS))).rejects.toThrow(
      `${folder}/none/rows.csv: expected the folder "${folder}/none", found none. Make it, or name another file.`,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});
