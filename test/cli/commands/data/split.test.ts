import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowTable, readRows, recordedTransforms, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

/** Three pairs to each of forty prompts. */
const ROWS = Array.from({ length: 120 }, (_, i) => ({ prompt: `p ${i % 40}`, chosen: `c ${i}`, rejected: 'r' }));

type Row = (typeof ROWS)[number];

async function fileOf(rows: readonly unknown[]): Promise<{ folder: string; path: string; out: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'in.jsonl');
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { folder, path, out: join(folder, 'split') };
}

async function rowsOf(path: string): Promise<Row[]> {
  const rows: unknown[] = [];
  for await (const place of readRows(path)) rows.push('row' in place ? place.row : place.problem);
  return rows as Row[];
}

const promptsOf = (rows: readonly Row[]): Set<string> => new Set(rows.map(({ prompt }) => prompt));

test.each([
  ['--shares', 'train=0.7,test=0.3'],
  ['--counts', 'test=30'],
])('%s %s parts rows, never those of one prompt, and loses none', async (option, sizes) => {
  const { path, out } = await fileOf(ROWS);
  const { exitCode, stdout } = await runMain(['data', 'split', path, option, sizes, '--out', out, '--json']);
  const [train, test_] = [await rowsOf(join(out, 'train.jsonl')), await rowsOf(join(out, 'test.jsonl'))];
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 120,
    files: { train: { rows: train.length }, test: { path: join(out, 'test.jsonl'), rows: test_.length } },
  });
  expect([...train, ...test_].map(({ chosen }) => chosen).sort()).toEqual(ROWS.map(({ chosen }) => chosen).sort());
  expect(overlap(train, test_)).toBe(0);
  expect(test_.length).toBeGreaterThan(10);
  if (option === '--counts') expect(test_).toHaveLength(30);
});

const overlap = (a: readonly Row[], b: readonly Row[]): number =>
  [...promptsOf(a)].filter((prompt) => promptsOf(b).has(prompt)).length;

test('the same seed divides alike, another does not', async () => {
  const { path, folder } = await fileOf(ROWS);
  const split = async (name: string, seed: string): Promise<Row[]> => {
    await runMain(['data', 'split', path, '--counts', 'test=30', '--seed', seed, '--out', join(folder, name)]);
    return rowsOf(join(folder, name, 'test.jsonl'));
  };
  const first = await split('a', '1');
  expect(await split('b', '1')).toEqual(first);
  expect(await split('c', '2')).not.toEqual(first);
});

test('a count that keys do not add up to is said', async () => {
  const { path, out } = await fileOf(ROWS);
  const { exitCode, stderr } = await runMain(['data', 'split', path, '--counts', 'test=31', '--out', out]);
  expect(exitCode).toBe(0);
  expect(stderr).toContain('test has 30 rows, not 31: rows of one key stay together, or there are no more.\n');
});

test('another column can keep rows together, and an Arrow table stays one', async () => {
  const { folder, out } = await fileOf([]);
  const path = join(folder, 'in.arrow');
  const rows = Array.from({ length: 20 }, (_, i) => {
    const side = i % 2 === 0 ? ('chosen' as const) : ('rejected' as const);
    return { pair_id: `p${i >> 1}`, side, model_hash: 'h', sum: -i, count: i };
  });
  await writeArrowFile(path, 'logps', rows);
  await runMain(['data', 'split', path, '--shares', 'a=0.5,b=0.5', '--key', 'pair_id', '--out', out]);
  const [a, b] = [
    await readArrowTable(join(out, 'a.arrow'), 'logps'),
    await readArrowTable(join(out, 'b.arrow'), 'logps'),
  ];
  expect(a.rows.length + b.rows.length).toBe(20);
  const idsOfA = new Set(a.rows.map(({ pair_id }) => pair_id));
  expect(b.rows.filter(({ pair_id }) => idsOfA.has(pair_id))).toEqual([]);
  expect(recordedTransforms(a.metadata)).toMatchObject([
    { name: 'split', options: { key: 'pair_id', seed: 1, side: 'a' }, rowsIn: 20, rowsOut: a.rows.length },
  ]);
});

test.each([
  [[], 'found neither. Give one of them.'],
  [['--shares', 'a=0.5,b=0.5', '--counts', 'a=1'], 'found both. Give one of them.'],
  [['--shares', 'a=0.5,b=0.4'], 'expected numbers that add up to 1'],
  [['--shares', 'a=x'], '--shares: expected name=a number above 0, got "a=x".'],
  [['--counts', '../a=1'], '--counts: expected name=a whole number above 0, got "../a=1".'],
  [['--counts', 'train=1'], 'expected no count for "train"'],
  [['--counts', 'a=1,a=2'], '"a" is given more than once'],
  [
    ['--counts', 'a=1', '--key', 'promt'],
    'line 1: expected "promt", found prompt, chosen, rejected. Name another --key.',
  ],
])('%j is wrong, and nothing is written', async (options, message) => {
  const { folder, path, out } = await fileOf(ROWS);
  const { exitCode, stderr } = await runMain(['data', 'split', path, '--out', out, ...options]);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  expect(await readdir(folder)).toEqual(['in.jsonl']);
});

test('a folder that holds something stays as it is', async () => {
  const { folder, path } = await fileOf(ROWS);
  const { exitCode, stderr } = await runMain(['data', 'split', path, '--counts', 'a=1', '--out', folder]);
  expect(stderr).toBe(`--out: expected a new or empty folder, found "${folder}". Name another.\n`);
  expect(exitCode).toBe(2);
  expect(await readdir(folder)).toEqual(['in.jsonl']);
});
