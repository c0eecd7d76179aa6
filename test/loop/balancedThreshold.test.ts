import { balancedThreshold } from 'nashtune/loop';
import { expect, test } from 'vitest';

const scoresOf = (...groups: (number | null)[][]) =>
  groups.flatMap((values, i) =>
    values.map((score, k) => ({ prompt_id: `p${i}`, k, score, error: null, judge_id: 'test' })),
  );

test('the threshold leaves out wrong answers, and keeps as many right ones as it can', () => {
  const scores = scoresOf([1.5, 1.2, 0.4, 0.1], [1.1, 0.9, 0.9, null]);
  const options = { passMark: 1, thresholds: [0, 0.5, 1, 1.3], target: 2 };
  // At 0: (2/4 + 1/2 * 1/3) / 2; at 0.5: (1 + 1/2 * 1/3) / 2; at 1: (1 + 1/2) / 2; at 1.3: (1/2 + 0) / 2.
  expect(balancedThreshold(scores, options)).toEqual({ threshold: 1, balance: 0.75 });
  expect(balancedThreshold(scores, { ...options, thresholds: [0, 0.5] })).toEqual({
    threshold: 0.5,
    balance: (1 + 1 / 6) / 2,
  });
  expect(balancedThreshold(scores, { ...options, thresholds: [1.3] }).balance).toBe(0.25);
});

test('of equally good thresholds the first is taken, and there must be one', () => {
  expect(balancedThreshold(scoresOf([1, 0]), { passMark: 1, thresholds: [0.2, 0.8], target: 1 }).threshold).toBe(0.2);
  expect(() => balancedThreshold([], { passMark: 1, thresholds: [], target: 1 })).toThrow(/at least one threshold/);
});
