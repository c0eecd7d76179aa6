import { describe, expect, test } from 'vitest';

import { roundMonitors } from '../../../src/loop/monitors/index.ts';
import { judgmentRow, sampleRow } from '../tableRows.ts';

const answer = (prompt: string, k: number, tokens: number, logp: number) => ({
  ...sampleRow(prompt, k, `answer ${k}`),
  token_ids: Array<number>(tokens).fill(7),
  token_logps: Array<number>(tokens).fill(logp),
});
const score = (prompt_id: string, k: number, value: number) => ({
  prompt_id,
  k,
  score: value,
  error: null,
  judge_id: 'test',
});
const CIRCLE = [
  [0.5, 0.9, 0.2],
  [0.1, 0.5, 0.9],
  [0.8, 0.1, 0.5],
];

describe('roundMonitors', () => {
  test('measures what there is evidence for', () => {
    const samples = [0, 1, 2].flatMap((k) => ['a', 'b'].map((prompt) => answer(prompt, k, 4, -0.5)));
    const scores = [score('a', 0, 1), score('a', 1, 0), score('a', 2, 0), ...[0, 1, 2].map((k) => score('b', k, 0))];
    const { values, alarms } = roundMonitors({
      samples,
      baseline: [answer('a', 0, 4, -1), answer('b', 0, 4, -1)],
      previous: [answer('a', 0, 5, -0.6), answer('b', 0, 5, -0.6)],
      scores,
      judgments: [judgmentRow('a', 0, 1, 0.9)],
      frozenJudgments: [judgmentRow('a', 0, 1, 0.6)],
      iterates: [
        [0.5, 0.4, 0.3],
        [0.6, 0.5, 0.4],
        [0.7, 0.6, 0.5],
      ],
    });
    expect(alarms).toEqual([]);
    expect(values['balanceScore']).toBeCloseTo(1 / 8 / 3 / 2, 12);
    expect(values['passAt1']).toBeCloseTo(1 / 6, 12);
    expect(values['passAt2']).toBeCloseTo(1 / 3, 12);
    expect(values).toMatchObject({
      entropy: 0.5,
      lengthToBase: 1,
      lengthToPrevious: 0.8,
      distinctRatio: 1,
      passAt3: 0.5,
    });
    expect(values).toMatchObject({ judgeAgreement: 1, judgeFlips: 0, cyclicShare: 0 });
  });

  test('raises an alarm for each thing that goes wrong', () => {
    const { alarms } = roundMonitors({
      samples: [answer('a', 0, 9, -0.1)],
      baseline: [answer('a', 0, 4, -1)],
      judgments: [judgmentRow('a', 0, 1, 0.9)],
      frozenJudgments: [judgmentRow('a', 0, 1, 0.1)],
      iterates: CIRCLE,
    });
    expect(alarms.map((alarm) => alarm.split('.')[0])).toEqual([
      'the policy is collapsing: 0',
      'the answers have 2',
      'the judge now prefers the other answer in 100',
      'iterates 0, 1 and 2 beat one another in a circle, so the last is not the best',
    ]);
  });

  test('leaves out what has no figure, so that everything can be logged', () => {
    expect(roundMonitors({ samples: [], baseline: [], scores: [], iterates: [[0.5]] })).toEqual({
      values: {},
      alarms: [],
    });
    expect(roundMonitors({ samples: [answer('a', 0, 2, -1)] }).values).toEqual({ entropy: 1 });
  });
});
