import { expect, test } from 'vitest';

import { contaminationFigures } from '../../../bench/contamination/contaminationFigures.ts';

test('the most suspect prompt comes first, and an empty answer has no score', () => {
  const { prompts, mean, median, empty } = contaminationFigures([
    { id: 'new', first: [1, 2, 2], second: [2, 0, 1, 2] },
    { id: 'learned', first: [1, 2, 2], second: [1, 2, 2] },
    { id: 'silent', first: [1], second: [] },
  ]);
  expect(prompts.map(({ id }) => id)).toEqual(['learned', 'new']);
  expect(prompts.map(({ score }) => score)).toEqual([expect.closeTo(1, 12), expect.closeTo(1 / 3, 12)]);
  expect([mean, median]).toEqual([expect.closeTo(2 / 3, 12), expect.closeTo(2 / 3, 12)]);
  expect(empty).toBe(1);
});
