import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readRows, recordedTransforms } from '../../../../datasets/index.ts';
import { openFile } from '../../../../datasets/readers/byteSource.ts';
import { openArrow } from '../../../../datasets/readers/openArrow.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const QUESTION = 'Natalia sold clips to forty eight of her friends in April, and then she sold half as many in May.';
const ROWS = [
  { id: 'clean', prompt: 'Name a color.', chosen: 'Blue.', rejected: 'No.' },
  { id: 'asked', prompt: `Solve: ${QUESTION.toUpperCase()}`, chosen: 'Seventy-two.', rejected: 'No.' },
  { id: 'told', prompt: 'Write a problem.', chosen: QUESTION, rejected: 'No.' },
];

async function files(...rows: unknown[]): Promise<{ folder: string; path: string; against: string }> {
  const folder = await temporaryFolder();
  const [path, against] = [join(folder, 'in.jsonl'), join(folder, 'eval.jsonl')];
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeFile(against, `${JSON.stringify({ id: 'q1', prompt: QUESTION })}\n{"prompt":"Who wrote the Odyssey?"}\n`);
  return { folder, path, against };
}

async function idsOf(path: string): Promise<unknown[]> {
  const ids: unknown[] = [];
  for await (const place of readRows(path)) ids.push('row' in place ? place.row['id'] : place.problem);
  return ids;
}

test('rows that hold an evaluation prompt anywhere are left out and reported', async () => {
  const { folder, path, against } = await files(...ROWS);
  const [out, report] = [join(folder, 'out.arrow'), join(folder, 'report.jsonl')];
  const line = ['data', 'decontaminate', path, out, '--against', against, '--report', report];
  expect(await runMain(line)).toEqual({
    exitCode: 0,
    stdout: `1 of 3 rows kept, 2 left out: they hold 1 of 2 prompts\n${out}\n`,
    stderr: '',
  });
  expect(await idsOf(out)).toEqual(['clean']);
  const { metadata } = (await openArrow(await openFile(out))).schema;
  expect(recordedTransforms(Object.fromEntries(metadata))).toMatchObject([
    { name: 'decontaminate', options: { from: path, against, ngram: 13, fields: 'all' }, rowsIn: 3, rowsOut: 1 },
  ]);
  const reported: unknown[] = [];
  for await (const place of readRows(report)) reported.push('row' in place ? place.row : place.problem);
  expect(reported).toMatchObject([
    { id: 'asked', matched: 'q1', covered: 1 },
    { id: 'told', matched: 'q1', covered: 1 },
  ]);
});

test('--fields searches some columns alone', async () => {
  const { folder, path, against } = await files(...ROWS);
  const out = join(folder, 'out.jsonl');
  const { stdout } = await runMain([
    'data',
    'decontaminate',
    path,
    out,
    '--against',
    against,
    '--fields',
    'prompt',
    '--json',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 3, kept: 2, dropped: 1, matches: { q1: 1 } });
  expect(await idsOf(out)).toEqual(['clean', 'told']);
});

test.each([
  [['--ngram', '0'], '--ngram: expected a whole number of at least 1, got 0.'],
  [['--threshold', '1'], '--threshold: expected a share from 0 to below 1, got 1.'],
  [['--fields', 'promt'], 'line 1: expected "promt", found id, prompt, chosen, rejected. Name other --fields.'],
])('%j is wrong, and nothing is written', async (options, message) => {
  const { folder, path, against } = await files(...ROWS);
  const line = ['data', 'decontaminate', path, join(folder, 'out.jsonl'), '--against', against, ...options];
  const { exitCode, stderr } = await runMain(line);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['eval.jsonl', 'in.jsonl']);
});

test('a missing evaluation set, an empty file and a bad row are named', async () => {
  const { folder, path, against } = await files();
  const out = join(folder, 'out.jsonl');
  expect(await runMain(['data', 'decontaminate', path, out, '--against', `${against}x`])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`${against}x: `) as string,
  });
  expect(await runMain(['data', 'decontaminate', path, out, '--against', against])).toMatchObject({
    exitCode: 2,
    stderr: `${path}: expected rows, found none. Name a file that has some.\n`,
  });
  await writeFile(path, '[1]\n7\n');
  expect((await runMain(['data', 'decontaminate', path, out, '--against', against])).exitCode).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['eval.jsonl', 'in.jsonl']);
});
