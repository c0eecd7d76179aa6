import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { datasetFolderFiles } from '../../../datasets/readers/datasetFolder.ts';
import { readArrow } from '../../../datasets/readers/readArrow.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { rowsOf } from './rowsOf.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../golden/formats/${name}`, import.meta.url));

// As test/golden/makeTypeCases.py lets `datasets` write them.
const ROWS = Array.from({ length: 5 }, (_, at) => ({
  id: `r${at}`,
  messages: [{ role: 'user', content: `hi ${at}` }],
  n: BigInt(at),
}));

async function rowsOfFolder(folder: string, split?: string): Promise<unknown[]> {
  const files = await datasetFolderFiles(folder, split);
  return (await Promise.all(files!.map((file) => rowsOf(file, readArrow)))).flat();
}

async function copyOf(name: string): Promise<string> {
  const folder = join(await temporaryFolder(), name);
  await cp(fixture(name), folder, { recursive: true });
  return folder;
}

test('a saved dataset has its rows in order, over all of its files', async () => {
  expect(await datasetFolderFiles(fixture('saved'))).toHaveLength(2);
  expect(await rowsOfFolder(fixture('saved'))).toEqual(ROWS);
});

test('a saved dataset of splits has the rows of the one that is named', async () => {
  expect(await rowsOfFolder(fixture('saved_splits'), 'train')).toEqual(ROWS);
  expect(await rowsOfFolder(fixture('saved_splits'), 'test')).toEqual([ROWS[4]]);
});

test('the only split needs no name', async () => {
  const folder = await copyOf('saved_splits');
  await writeFile(join(folder, 'dataset_dict.json'), '{"splits": ["test"]}');
  expect(await rowsOfFolder(folder)).toEqual([ROWS[4]]);
});

test('another folder is none', async () => {
  expect(await datasetFolderFiles(await temporaryFolder())).toBeUndefined();
});

test.each([
  [undefined, 'expected the name of a split, found none. Name one of "train", "test".'],
  ['dev', 'expected the split "dev", found others. Name one of "train", "test".'],
])('the split %s is answered by those there are', async (split, says) => {
  const { code, message } = await userErrorOf(() => datasetFolderFiles(fixture('saved_splits'), split));
  expect(code).toBe('dataset.split');
  expect(message).toContain(says);
});

test('a split of a dataset without splits is refused', async () => {
  expect((await userErrorOf(() => datasetFolderFiles(fixture('saved'), 'train'))).code).toBe('dataset.split');
});

test('a folder that lacks a file, or names one elsewhere, or has another state is refused', async () => {
  const folder = await copyOf('saved');
  await rm(join(folder, 'data-00001-of-00002.arrow'));
  expect(await userErrorOf(() => datasetFolderFiles(folder), folder)).toEqual({
    code: 'dataset.incomplete',
    message:
      '.: expected a dataset saved by save_to_disk, found no data-00001-of-00002.arrow in it. Copy or save it again.',
  });
  await writeFile(join(folder, 'state.json'), '{"_data_files": [{"filename": "../x.arrow"}]}');
  expect((await userErrorOf(() => datasetFolderFiles(folder))).message).toContain('found "../x.arrow"');
  await writeFile(join(folder, 'state.json'), '{"_data_files": [{}]}');
  expect((await userErrorOf(() => datasetFolderFiles(folder))).code).toBe('dataset.damaged');
  await writeFile(join(folder, 'state.json'), '{');
  expect((await userErrorOf(() => datasetFolderFiles(folder))).code).toBe('dataset.damaged');
});
