import { expect, test } from 'vitest';

import { splitFiles } from '../../../datasets/readers/splitFiles.ts';
import { userErrorOf } from '../userErrorOf.ts';

const SHARDS = [
  'README.md',
  'data/test_prefs-00000-of-00001.parquet',
  'data/train-00000-of-00002-ab12.parquet',
  'data/train-00001-of-00002-ab12.parquet',
  'train.jsonl',
];
const FOLDERS = [
  'dataset_infos.json',
  'harmless-base/test.jsonl.gz',
  'harmless-base/train.jsonl.gz',
  'helpful-base/train.jsonl.gz',
  '.cache/train.jsonl',
];

test.each([
  ['shards are told by their names', SHARDS, 'train', SHARDS.slice(2, 4)],
  ['shards of a split with a name of its own', SHARDS, 'test_prefs', SHARDS.slice(1, 2)],
  ['the same split in several folders', FOLDERS, 'train', FOLDERS.slice(2, 4)],
  ['another word for the split', ['a/dev.csv', 'a/train.csv'], 'validation', ['a/dev.csv']],
  ['a folder that is the split', ['test/a.json', 'train/a.json'], 'test', ['test/a.json']],
  [
    'files without a split are for training',
    ['b.csv', 'notes.txt', 'sub/a.jsonl.zst'],
    'train',
    ['b.csv', 'sub/a.jsonl.zst'],
  ],
  ['a word inside another is no split', ['contest.jsonl', 'latest.jsonl'], 'train', ['contest.jsonl', 'latest.jsonl']],
  ['the path of a file', SHARDS, 'train.jsonl', ['train.jsonl']],
  ['a pattern', FOLDERS, '*/t*.gz', FOLDERS.slice(1, 4)],
])('%s', (_, paths, split, files) => {
  expect(splitFiles('place', paths, split)).toEqual(files);
});

test('a split that is not there is an error with those that are', async () => {
  expect(await userErrorOf(() => splitFiles('place', SHARDS, 'test'))).toEqual({
    code: 'input.split',
    message: 'place: expected the split "test", found the splits "test_prefs", "train". Write place:test_prefs.',
  });
  const { message } = await userErrorOf(() => splitFiles('place', ['README.md'], 'train'));
  expect(message).toBe('place: expected the split "train", found no data files. Name a file inside it.');
});

test('shards of several configurations are not mixed', async () => {
  const paths = ['main/train-00000-of-00001.parquet', 'socratic/train-00000-of-00001.parquet'];
  const { message } = await userErrorOf(() => splitFiles('place', paths, 'train'));
  expect(message).toContain('found them in main/, socratic/. Choose with a pattern: place:main/train-*.');
  expect(splitFiles('place', paths, 'main/train-*')).toEqual(paths.slice(0, 1));
});
