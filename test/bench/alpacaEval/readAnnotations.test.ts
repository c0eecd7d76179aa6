import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readAnnotations } from '../../../bench/alpacaEval/readAnnotations.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const row = (instruction: string, more: object = {}): object => ({
  instruction,
  output_1: 'b',
  generator_1: 'base',
  output_2: 'm',
  generator_2: 'mine',
  annotator: 'judge',
  preference: 1.25,
  ...more,
});

async function fileOf(content: unknown): Promise<string> {
  const path = join(await temporaryFolder(), 'annotations.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const faultOf = async (content: unknown): Promise<string> => {
  const path = await fileOf(content);
  return (await userErrorOf(() => readAnnotations(path), path)).message;
};

test('models, annotator and rows are read, and other keys kept', async () => {
  const read = await readAnnotations(await fileOf([row('x', { raw_completion: { text: 'M' } }), row('y')]));
  expect(read).toMatchObject({ model: 'mine', baseline: 'base', annotator: 'judge', warnings: [] });
  expect(read.rows.map(({ preference }) => preference)).toEqual([1.25, 1.25]);
  expect(read.rows[0]).toHaveProperty('raw_completion.text', 'M');
});

test('failed annotations and strange preferences are counted, draws of old files are neither', async () => {
  const rows = [null, -1, 0, 1.5, 2.7].map((preference, at) => row(String(at), { preference }));
  expect((await readAnnotations(await fileOf(rows))).warnings).toEqual([
    '2 of 5 annotations failed and count nowhere',
    '1 preferences lie outside [1, 2] and count as failed',
  ]);
});

test('mixed baselines, models and annotators and repeated instructions are all named', async () => {
  const rows = [row('x'), row('x', { generator_1: 'other' }), row('y', { annotator: 'second', generator_2: 'yours' })];
  const message = await faultOf(rows);
  expect(message).toContain('several baselines (generator_1): "base" in 2 rows, "other" in 1 rows');
  expect(message).toContain('several models (generator_2)');
  expect(message).toContain('several annotators (annotator)');
  expect(message).toContain('row 2 has the instruction of row 1: "x"');
});

test.each([
  ['{', 'invalid JSON'],
  ['{}', 'no array'],
  ['[]', 'no row'],
  [[row('x', { output_2: null, preference: 'good' })], 'row 1: output_2'],
])('%j is no file of annotations', async (content, found) => {
  expect(await faultOf(content)).toContain(found);
});

test('a missing file is an error', async () => {
  expect((await userErrorOf(() => readAnnotations('/nowhere/annotations.json'))).code).toBe('annotations.missing');
});
