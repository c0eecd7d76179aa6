import { join } from 'node:path';

import { expect, test } from 'vitest';

import { syntheticPairs, writeSyntheticPairs } from '../../bench/syntheticPairs.ts';
import { readPairs } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

test('made-up pairs are about 400 bytes a side, and the same for the same seed', () => {
  const pairs = [...syntheticPairs({ rows: 200, seed: 3 })];
  expect([...syntheticPairs({ rows: 200, seed: 3 })]).toEqual(pairs);
  expect([...syntheticPairs({ rows: 1, seed: 4 })]).not.toEqual(pairs.slice(0, 1));
  const bytes = pairs.map(({ chosen }) => Buffer.byteLength(chosen[0]!.content));
  expect(bytes.reduce((sum, size) => sum + size, 0) / bytes.length).toBeCloseTo(400, -2);
});

test('a file of made-up pairs is read as pairs', async () => {
  const path = join(await temporaryFolder(), 'pairs.jsonl');
  await writeSyntheticPairs(path, { rows: 20, seed: 1 });
  const { pairs, problems } = await readPairs(path);
  expect(problems).toEqual([]);
  expect(pairs).toHaveLength(20);
  expect(pairs[7]!.prompt).toEqual([...syntheticPairs({ rows: 8, seed: 1 })][7]!.prompt);
});
