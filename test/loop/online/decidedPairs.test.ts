import { decidedPairs, penalizeUnfinished } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { judgmentRow, sampleRow } from '../loopFixtures.ts';

const options = { ties: 'drop', missingEosPenalty: 0 } as const;
const samples = [
  ...['a', 'b'].map((text, k) => sampleRow('clear', k, text)),
  ...['a', 'b'].map((text, k) => sampleRow('tied', k, text)),
  ...['a', 'a'].map((text, k) => sampleRow('same', k, text)),
  ...['a', 'b'].map((text, k) => sampleRow('failed', k, text)),
];
const judgments = [
  judgmentRow('clear', 0, 1, 0.2),
  judgmentRow('tied', 0, 1, 0.5),
  judgmentRow('same', 0, 1, 0.5),
  judgmentRow('failed', 0, 1, null),
];

test('the better answer wins, and ties, equal texts and failures are counted', () => {
  const { pairs, counts } = decidedPairs(samples, judgments, options);
  expect(pairs.map(({ winner, loser }) => [winner.id, loser.id])).toEqual([['clear/1/1', 'clear/1/0']]);
  expect(counts).toEqual({ ties: 1, sameText: 1, notJudged: 1 });
});

test('a tie may count as a win of the first answer', () => {
  const { pairs, counts } = decidedPairs(samples, judgments, { ...options, ties: 'first' });
  expect(pairs.map(({ winner }) => winner.id)).toEqual(['clear/1/1', 'tied/1/0']);
  expect(counts).toEqual({ ties: 0, sameText: 1, notJudged: 1 });
});

test('of more than two answers the best and the worst are taken', () => {
  const rows = ['a', 'b', 'c'].map((text, k) => sampleRow('x', k, text));
  const verdicts = [judgmentRow('x', 0, 1, 0.1), judgmentRow('x', 0, 2, 0.3), judgmentRow('x', 1, 2, 0.9)];
  const { pairs } = decidedPairs(rows, verdicts, options);
  expect(pairs.map(({ winner, loser }) => [winner.k, loser.k])).toEqual([[1, 0]]);
});

test('an answer that was cut loses its odds by the penalty, and two cut ones keep theirs', () => {
  const [ended, cut] = [{ finish_reason: 'stop' }, { finish_reason: 'length' }];
  expect(penalizeUnfinished(0.5, ended, cut, Math.log(3))).toBeCloseTo(0.75, 12);
  expect(penalizeUnfinished(0.5, cut, ended, Math.log(3))).toBeCloseTo(0.25, 12);
  expect(penalizeUnfinished(1, cut, ended, 20)).toBeLessThan(0.01);
  expect(penalizeUnfinished(0.3, cut, cut, 5)).toBe(0.3);
  expect(penalizeUnfinished(0.3, ended, cut, 0)).toBe(0.3);

  const rows = [sampleRow('x', 0, 'a'), { ...sampleRow('x', 1, 'b'), finish_reason: 'length' }];
  const { pairs } = decidedPairs(rows, [judgmentRow('x', 0, 1, 0.2)], { ...options, missingEosPenalty: 2 });
  expect(pairs[0]!.winner.k).toBe(0);
});
