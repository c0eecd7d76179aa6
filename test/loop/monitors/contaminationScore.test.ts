import { expect, test } from 'vitest';

import { contaminationScore } from '../../../src/loop/monitors/index.ts';

test('a profile is fully like itself, and less like another, in whichever order', () => {
  expect(contaminationScore([1, 2, 2], [1, 2, 2])).toBeCloseTo(1, 12);
  expect(contaminationScore([1, 2, 2], [2, 0, 1, 2])).toBeCloseTo(1 / 3, 12);
  expect(contaminationScore([2, 0, 1, 2], [1, 2, 2])).toBeCloseTo(1 / 3, 12);
});

test('a short answer is not like a long one that begins alike', () => {
  expect(contaminationScore([1], [1, 0, 0, 0])).toBe(0.25);
});

test('answers without any doubt are alike, one against a doubtful one is not', () => {
  expect(contaminationScore([0, 0], [0, 0, 0, 0])).toBe(0.5);
  expect(contaminationScore([0, 0], [1, 1])).toBe(0);
  expect(contaminationScore([], [1])).toBeNaN();
});
