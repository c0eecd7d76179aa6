import { expect, test } from 'vitest';

import { environment } from '../../bench/environment.ts';

test('a figure names its machine, load, Node and commit', () => {
  const found = environment();
  expect(found.processor).not.toBe('');
  expect(found.cores).toBeGreaterThan(0);
  expect(found.loadAverage).toBeGreaterThanOrEqual(0);
  expect(found.node).toBe(process.version);
  // null where the tests run outside a checkout.
  expect(found.commit ?? '0000000').toMatch(/^[0-9a-f]{7,}\+?$/);
  for (const instruction of found.instructions) expect(instruction).toMatch(/^(avx2|avx512f|avx512_bf16|amx_bf16)$/);
});
