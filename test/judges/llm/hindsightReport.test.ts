import { expect, test } from 'vitest';

import { hindsightReport } from '../../../src/judges/index.ts';

test('tells the share of winners that lose in hindsight and how often the first answer wins', () => {
  const immediate = [{ pFirst: 0.9 }, { pFirst: 0.6 }, { pFirst: 0.5 }, { pFirst: 0.2 }, { error: 'x' }, { pFirst: 1 }];
  const hindsight = [
    { pFirst: 0.1 },
    { pFirst: 0.7 },
    { pFirst: 0.9 },
    { pFirst: 0.5 },
    { pFirst: 1 },
    { pFirst: NaN },
  ];
  expect(hindsightReport(immediate, hindsight)).toEqual({
    comparisons: 4,
    flips: 1 / 4,
    winRate: { immediate: expect.closeTo(2.2 / 4, 12), hindsight: expect.closeTo(2.2 / 4, 12) },
  });
});

test('has no figures where nothing has both verdicts, and wants the same items', () => {
  expect(hindsightReport([{ error: 'x' }], [{ pFirst: 1 }])).toEqual({ comparisons: 0, flips: null, winRate: null });
  expect(() => hindsightReport([{ pFirst: 1 }], [])).toThrow(RangeError);
});
