import { expect, test } from 'vitest';

import { rowsFor } from '../../src/sampling/index.ts';

test('rows are as many as responses, up to the next power of two, and at most a batch', () => {
  expect([1, 2, 9, 33, 48, 64, 1000].map((count) => rowsFor(count, 48))).toEqual([1, 2, 16, 48, 48, 48, 48]);
});
