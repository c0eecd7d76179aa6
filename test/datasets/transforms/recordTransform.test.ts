import { join } from 'node:path';

import { expect, test } from 'vitest';

import {
  collectRows,
  dedupe,
  readArrowTable,
  recordTransform,
  recordedTransforms,
  writeArrowFile,
  type PromptRow,
} from '../../../datasets/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';

const prompt = (id: string, content: string): PromptRow => ({ id, messages: [{ role: 'user', content }], source: 's' });

test('a file says which transforms made it, in order, beside its other notes', async () => {
  const path = join(await temporaryFolder(), 'prompts.arrow');
  const first = await collectRows(
    dedupe([prompt('a', 'Hi'), prompt('b', ' Hi\n'), prompt('c', 'Ho')], { fields: ['messages'] }),
  );
  const second = await collectRows(dedupe(first.rows, { fields: ['source'] }));
  const metadata = recordTransform(recordTransform({ seed: '1' }, first.entry), second.entry);
  await writeArrowFile(path, 'prompts', second.rows, { metadata });
  const read = await readArrowTable(path, 'prompts');
  expect(read.metadata['seed']).toBe('1');
  expect(recordedTransforms(read.metadata)).toEqual([
    { name: 'dedupe', options: { fields: ['messages'] }, rowsIn: 3, rowsOut: 2 },
    { name: 'dedupe', options: { fields: ['source'] }, rowsIn: 2, rowsOut: 1 },
  ]);
});

test('the metadata handed in stays as it is, and names no transform of itself', () => {
  const metadata = Object.freeze({ seed: '1' });
  recordTransform(metadata, { name: 'shuffle', options: {}, rowsIn: 0, rowsOut: 0 });
  expect(metadata).toEqual({ seed: '1' });
  expect(recordedTransforms(metadata)).toEqual([]);
});

test.each([
  ['no JSON', '[', 'it is no JSON'],
  ['no list', '{}', 'expected array'],
  ['entries without counts', '[{"name":"dedupe","options":{}}]', '[0].rowsIn'],
])('metadata with %s is refused, with the way out', async (_, text, found) => {
  const { code, message } = await userErrorOf(() => recordedTransforms({ 'nashtune.transforms': text }));
  expect(code).toBe('transforms.metadata');
  expect(message).toContain(found);
  expect(message).toContain('Remove the key');
});
