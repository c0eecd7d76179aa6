import { appendFile, mkdir, truncate, writeFile } from 'node:fs/promises';
import { execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { readRows } from '../../../datasets/index.ts';
import type { ReadProgress } from '../../../datasets/readers/readRows.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf } from './allRows.ts';

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function placesIn(folder: string, place: string): Promise<string[]> {
  const rows = await allRows(place);
  return rows.map(({ file, at, ...rest }) => {
    const found = 'row' in rest ? JSON.stringify(rest.row) : rest.problem;
    return `${file.replace(folder, '.')} ${at}: ${found}`;
  });
}

const FILES = {
  'b.jsonl': '{"b":1}\n{"b":2}\n',
  'a.csv': 'a,c\n1,2\n',
  'sub/c.json': '[{"c":1}]',
  'sub/README.md': '#',
};

test('a pattern names files in sorted order, each with its own numbers', async () => {
  const folder = await folderOf(FILES);
  expect(await placesIn(folder, join(folder, '**/*.{csv,json,jsonl}'))).toEqual([
    './a.csv line 2: {"a":"1","c":"2"}',
    './b.jsonl line 1: {"b":1}',
    './b.jsonl line 2: {"b":2}',
    './sub/c.json row 1: {"c":1}',
  ]);
  expect(await userErrorOf(() => allRows(join(folder, '*.arrow')), folder)).toEqual({
    code: 'input.missing',
    message: './*.arrow: expected files that match, found none. Check the pattern.',
  });
});

test('a name with the signs of a pattern is a file where there is one', async () => {
  const folder = await folderOf({ 'a[1].jsonl': '{"a":1}' });
  expect(await placesIn(folder, join(folder, 'a[1].jsonl'))).toEqual(['./a[1].jsonl line 1: {"a":1}']);
});

test('a folder gives the data files of a split', async () => {
  const folder = await folderOf({ 'train.jsonl': '{"a":1}', 'test.jsonl': '{"a":2}', 'dataset_info.json': '{}' });
  expect(await placesIn(folder, folder)).toEqual(['./train.jsonl line 1: {"a":1}']);
  expect(await placesIn(folder, `${folder}:test`)).toEqual(['./test.jsonl line 1: {"a":2}']);
  const { message } = await userErrorOf(() => allRows(`${folder}:validation`), folder);
  expect(message).toBe('.: expected the split "validation", found the splits "test", "train". Write .:test.');
});

test('a missing file is an error', async () => {
  expect((await userErrorOf(() => allRows('/nowhere/rows.jsonl'))).code).toBe('input.missing');
});

test('a reader that stops early never meets what follows', async () => {
  const path = await fileOf('{"a":1}\n'.repeat(50_000));
  await appendFile(path, Buffer.alloc(10));
  for await (const place of readRows(path)) {
    expect(place).toMatchObject({ at: 'line 1', number: 1 });
    break;
  }
  expect((await userErrorOf(() => allRows(path), path)).code).toBe('input.binary');
});

test('lines that are appended while a file is read are left, and one that shrinks is an error', async () => {
  const path = await fileOf('{"a":1}\n'.repeat(100_000));
  const read = async (meanwhile: () => Promise<void>): Promise<number> => {
    let rows = 0;
    for await (const _ of readRows(path)) if (++rows === 1) await meanwhile();
    return rows;
  };
  expect(await read(() => appendFile(path, '{"a":'))).toBe(100_000);
  const { code, message } = await userErrorOf(() => read(() => truncate(path, 300_000)), path);
  expect(code).toBe('input.changed');
  expect(message).toContain('.: expected the 800005 bytes it had when it was opened, found 300000');
});

test('a pipe is read like a file', async () => {
  const path = join(await temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const writer = spawn('sh', ['-c', `printf '{"a":1}\\n{"a":2}\\n' > ${path}`]);
  expect(await allRows(path)).toHaveLength(2);
  expect(writer.pid).toBeDefined();
});

test('an aborted signal ends the reading', async () => {
  const controller = new AbortController();
  const path = await fileOf('{"a":1}\n'.repeat(100_000));
  await expect(
    (async () => {
      for await (const _ of readRows(path, { signal: controller.signal })) controller.abort(new Error('enough'));
    })(),
  ).rejects.toThrow('enough');
});

test('progress is told in bytes of the file, up to all of them', async () => {
  const path = await fileOf('{"a":1}\n'.repeat(100_000));
  const seen: ReadProgress[] = [];
  await allRows(path, { onProgress: (progress) => seen.push(progress) });
  expect(seen.map(({ readBytes }) => readBytes)).toEqual([262_144, 524_288, 786_432, 800_000]);
  expect(seen[0]).toMatchObject({ file: path, totalBytes: 800_000 });
  const parquet = fileURLToPath(new URL('../../golden/formats/zstd.parquet', import.meta.url));
  await allRows(parquet, { onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)!.readBytes).toBeLessThanOrEqual(seen.at(-1)!.totalBytes!);
  expect(seen.at(-1)!.file).toBe(parquet);
});
