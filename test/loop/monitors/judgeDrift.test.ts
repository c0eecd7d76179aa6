import { expect, test } from 'vitest';

import { judgeDrift } from '../../../src/loop/monitors/index.ts';
import { judgmentRow } from '../tableRows.ts';

test('flips are opposite preferences; ties agree with ties only; orders of the two answers do not matter', () => {
  const now = [
    judgmentRow('a', 0, 1, 0.9),
    judgmentRow('a', 0, 2, 0.75),
    judgmentRow('a', 2, 1, 0.8),
    judgmentRow('b', 0, 1, 0.5),
  ];
  const frozen = [
    judgmentRow('a', 0, 1, 0.6),
    judgmentRow('a', 0, 2, 0.25),
    judgmentRow('a', 1, 2, 0.2),
    judgmentRow('b', 0, 1, 0.7),
  ];
  const drift = judgeDrift(now, frozen);
  expect(drift).toMatchObject({ compared: 4, agreement: 0.5, flips: 0.25 });
  expect(drift.meanDifference).toBeCloseTo((0.3 + 0.5 + 0 + 0.2) / 4, 12);
});

test('comparisons that one of them failed on, or never saw, do not count', () => {
  const now = [judgmentRow('a', 0, 1, 0.9), judgmentRow('b', 0, 1, null), judgmentRow('c', 0, 1, 0.9)];
  const frozen = [judgmentRow('a', 0, 1, null), judgmentRow('b', 0, 1, 0.9)];
  expect(judgeDrift(now, frozen)).toEqual({ compared: 0, agreement: NaN, flips: NaN, meanDifference: NaN });
});
