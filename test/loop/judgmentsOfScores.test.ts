import type { ScoreRow } from 'nashtune/datasets';
import { judgmentsOfScores, scoreGaps } from 'nashtune/loop';
import { expect, test } from 'vitest';

const row = (promptId: string, k: number, score: number | null): ScoreRow => ({
  prompt_id: promptId,
  k,
  score,
  error: score === null ? 'unreadable' : null,
  judge_id: 'test',
});
const scores = [row('x', 0, 1), row('x', 1, 3), row('x', 2, null), row('y', 0, 2), row('y', 1, 2), row('z', 0, 5)];

test('scores become comparisons by the Bradley-Terry model, and a missing score an error', () => {
  const judged = judgmentsOfScores(scores).map(({ prompt_id, i, j, p_i_beats_j: p, error }) => [
    prompt_id,
    i,
    j,
    p,
    error,
  ]);
  expect(judged).toEqual([
    ['x', 0, 1, 1 / (1 + Math.exp(2)), null],
    ['x', 0, 2, null, 'unreadable'],
    ['x', 1, 2, null, 'unreadable'],
    ['y', 0, 1, 0.5, null],
  ]);
});

test('the gap of a prompt is that of its best and worst answer', () => {
  expect(scoreGaps(scores)).toEqual([
    ['x', 2],
    ['y', 0],
  ]);
});
