import { expect, test } from 'vitest';

import { cacheLength } from '../../src/sampling/index.ts';

test.each([
  [1, 64, 128],
  [112, 64, 128],
  [113, 64, 256],
  [1, 8, 256],
  [241, 8, 512],
])('caches of which %i slots are used, of %i rows, have %i', (used, rows, slots) => {
  expect(cacheLength(used, rows)).toBe(slots);
});
