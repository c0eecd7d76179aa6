import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { C_GRID, chooseC, fitAt, type SoftRows } from '../../../bench/alpacaEval/chooseC.ts';

interface Golden {
  X: number[][];
  y: number[];
  sample_weight: number[];
  cases: { C: number; w: number[] }[];
  cv: { score_sums: number[]; C: number; w: number[] };
}
const golden = JSON.parse(
  await readFile(new URL('../../golden/alpacaEval/glm_kernel_vectors.json', import.meta.url), 'utf8'),
) as Golden;
const rows: SoftRows = {
  columns: [0, 1, 2].map((j) => Float64Array.from(golden.X, (row) => row[j]!)),
  targets: Float64Array.from(golden.y),
  weights: Float64Array.from(golden.sample_weight),
};

test.each(golden.cases)('at C = $C the weights are those of scikit-learn', ({ C, w }) => {
  const index = C_GRID.findIndex((value) => Math.abs(value / C - 1) < 1e-12);
  const fitted = fitAt(rows, index);
  for (const [j, value] of w.entries()) expect(fitted[j]).toBeCloseTo(value, 12);
});

test('cross-validation scores, chosen C and refit are those of scikit-learn', () => {
  const chosen = chooseC(rows, 'stable');
  for (const [k, score] of golden.cv.score_sums.entries()) expect(chosen.scores[k]).toBeCloseTo(score, 12);
  expect(chosen.C).toBeCloseTo(golden.cv.C, 12);
  expect(Array.from(chosen.weights)).toEqual(golden.cv.w);
});
