import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { foldsOf } from '../../../bench/alpacaEval/foldsOf.ts';

const { folds } = JSON.parse(
  await readFile(new URL('../../golden/alpacaEval/python_random_vectors.json', import.meta.url), 'utf8'),
) as { folds: Record<string, string> };

test.each(Object.entries(folds))('%s is dealt as scikit-learn deals it', (name, digits) => {
  const layout = name.startsWith('stable') ? 'stable' : 'published';
  expect(Array.from(foldsOf(digits.length, 5, layout)).join('')).toBe(digits);
});
