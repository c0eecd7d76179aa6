import { expect, test } from 'vitest';

import { matchPaths } from '../../../datasets/hub/matchPaths.ts';

const PATHS = ['a.json', 'b.json', 'axjson', 'data/a.json', 'data/train/0.parquet', 'data/train/1.parquet', '(x)+.bin'];

test.each([
  [['a.json'], ['a.json']],
  [['*.json'], ['a.json', 'b.json']],
  [['?.json'], ['a.json', 'b.json']],
  [['data/*.json'], ['data/a.json']],
  [['**/*.json'], ['a.json', 'b.json', 'data/a.json']],
  [['data/**/*'], ['data/a.json', 'data/train/0.parquet', 'data/train/1.parquet']],
  [
    ['**/1.*', 'a*'],
    ['a.json', 'axjson', 'data/train/1.parquet'],
  ],
  [['*.json', '!b.*'], ['a.json']],
  [['!b.*', '*.json'], ['a.json']],
  [['(x)+.bin'], ['(x)+.bin']],
  [['*.gguf'], []],
  [[], []],
])('%j match %j', (patterns, matches) => {
  expect(matchPaths(PATHS, patterns)).toEqual(matches);
});
