import { expect, test } from 'vitest';

import { describeRound } from '../../../src/loop/rounds/describeRound.ts';

const measured = { judgeWinRate: 0.715, low: 0.678, high: 0.75, klToBase: 0.567 };

test.each([
  [
    'the first round',
    measured,
    'the judge prefers it to the base in 71.5% (95%: 67.8% to 75.0%), KL to base 0.57 nats an answer',
  ],
  [
    'a later one',
    { ...measured, winRateOverPrevious: 0.5 },
    'the judge prefers it to the base in 71.5% (95%: 67.8% to 75.0%), to the round before in 50.0%, KL to base 0.57 nats an answer',
  ],
  [
    'one by a check',
    { ...measured, passRate: 0.67, passLow: 0.615, passHigh: 0.721, basePassRate: 0.383 },
    "67.0% of the answers pass (95%: 61.5% to 72.1%), the base's 38.3%; the judge prefers it to the base in 71.5% (95%: 67.8% to " +
      '75.0%), KL to base 0.57 nats an answer',
  ],
  [
    'one that could not be judged',
    { klToBase: 0 },
    'the judge failed on all comparisons with the base, KL to base 0.00 nats an answer',
  ],
])('%s is told in a sentence', (_, values: Record<string, number>, sentence) => {
  expect(describeRound(values)).toBe(sentence);
});
