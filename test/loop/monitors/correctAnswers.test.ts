import { expect, test } from 'vitest';

import { correctAnswers } from '../../../src/loop/monitors/index.ts';

const row = (prompt_id: string, k: number, score: number | null) => ({
  prompt_id,
  k,
  score,
  error: score === null ? 'no answer' : null,
  judge_id: 'test',
});

test('answers that reach the threshold are right, those without a score do not count', () => {
  const scores = [row('a', 0, 1), row('b', 0, 0.5), row('a', 1, 0), row('a', 2, null), row('c', 0, null)];
  expect(correctAnswers(scores)).toEqual([
    { correct: 1, total: 2 },
    { correct: 0, total: 1 },
  ]);
  expect(correctAnswers(scores, 0.5)).toEqual([
    { correct: 1, total: 2 },
    { correct: 1, total: 1 },
  ]);
});
