import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { positionBucket, positionRow } from '../../../src/models/deberta/relativePositions.ts';

const V3 = { span: 256, farthest: 512 };
const golden = JSON.parse(
  readFileSync(new URL('../../golden/pairRm/deberta_buckets.json', import.meta.url), 'utf8'),
) as Record<'changes' | 'samples', [number, number][]>;

test('distances fall into the buckets of DeBERTa v3', () => {
  let next = 0;
  let bucket = 125;
  for (let distance = 126; distance <= golden.changes.at(-1)![0]; distance++) {
    if (golden.changes[next]?.[0] === distance) bucket = golden.changes[next++]![1];
    expect(positionBucket(distance, V3)).toBe(bucket);
    expect(positionBucket(-distance, V3)).toBe(-bucket);
  }
  expect(next).toBe(golden.changes.length);
  for (const [distance, expected] of golden.samples) expect(positionBucket(distance, V3)).toBe(expected);
});

test('rows of the table end at both sides', () => {
  expect([-5000, -512, 0, 511, 5000].map((distance) => positionRow(distance, V3))).toEqual([0, 0, 256, 511, 511]);
  expect([-9, -8, 3, 7, 8].map((distance) => positionRow(distance, { span: 8, farthest: null }))).toEqual([
    0, 0, 11, 15, 15,
  ]);
});
