import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import {
  pairProbability,
  positionBias,
  rankByMaxLogits,
  rankByMaxWins,
  sppoProbabilities,
} from '../../../src/judges/index.ts';
import { largestDistance } from '../../models/modelCases.ts';

/** pairrm_rank_vectors.json: llm-blender's, TRL's and SPPO's own numbers. */
interface RankVectors {
  M: number[][];
  scores_max_logits: number[];
  scores_max_wins: number[];
  ranks: number[];
  sppo_prob: number[][];
  sppo_row_mean: number[];
  pair: { M: [[number, number], [number, number]]; scores: [number, number] } & Record<
    'trl_soft_prob_T1' | 'sigmoid_mean_logit' | 'mean_of_sigmoids',
    number
  >;
}
const golden = JSON.parse(
  readFileSync(new URL('../../golden/pairRm/pairrm_rank_vectors.json', import.meta.url), 'utf8'),
) as RankVectors;

describe('rankings', () => {
  test('are those of llm-blender', () => {
    const ranking = rankByMaxLogits(golden.M);
    expect(largestDistance(ranking.scores, golden.scores_max_logits)).toBeLessThan(1e-12);
    expect(ranking.ranks).toEqual(golden.ranks);
    expect(largestDistance(rankByMaxWins(golden.M).scores, golden.scores_max_wins)).toBeLessThan(1e-12);
    expect(largestDistance(rankByMaxLogits(golden.pair.M).scores, golden.pair.scores)).toBeLessThan(1e-12);
  });

  test('give the probabilities of SPPO, with one half on the diagonal', () => {
    const found = sppoProbabilities(rankByMaxLogits(golden.M));
    expect(largestDistance(found.flat(), golden.sppo_prob.flat())).toBeLessThan(1e-12);
    const means = found.map((row) => row.reduce((a, b) => a + b) / row.length);
    expect(largestDistance(means, golden.sppo_row_mean)).toBeLessThan(1e-12);
  });

  test('share the better rank where scores are equal, and hold for one answer', () => {
    expect(
      rankByMaxLogits([
        [0, 1, 1],
        [-1, 0, 0],
        [-1, 0, 0],
      ]).ranks,
    ).toEqual([1, 2, 2]);
    expect(rankByMaxLogits([[0]])).toEqual({ scores: [0], ranks: [1] });
    expect(sppoProbabilities(rankByMaxLogits([[0]]))).toEqual([[0.5]]);
  });
});

describe('the probability of a pair', () => {
  const [[, forward], [backward]] = golden.pair.M;
  const logits = { forward, backward };

  test('follows the convention that is asked for', () => {
    const found = (['logit-sum', 'logit-mean', 'prob-mean'] as const).map((symmetrise) =>
      pairProbability(logits, { symmetrise, temperature: 1 }),
    );
    const { trl_soft_prob_T1: sum, sigmoid_mean_logit: mean, mean_of_sigmoids: probabilities } = golden.pair;
    expect(largestDistance(found, [sum, mean, probabilities])).toBeLessThan(1e-12);
  });

  test('adds up to one with that of the swapped answers, at any temperature', () => {
    const swapped = { forward: backward, backward: forward };
    for (const symmetrise of ['logit-sum', 'logit-mean', 'prob-mean'] as const) {
      const rule = { symmetrise, temperature: 0.3 };
      expect(pairProbability(logits, rule) + pairProbability(swapped, rule)).toBeCloseTo(1, 12);
    }
  });

  test('is nearer to one half at a higher temperature', () => {
    const rule = { symmetrise: 'logit-sum', temperature: 4 } as const;
    expect(pairProbability(logits, rule)).toBeCloseTo(1 / (1 + Math.exp(-2.4 / 4)), 12);
  });
});

test('position bias is what the left side adds to a logit', () => {
  const biased = [2, -1, 0.5].map((quality) => ({ forward: quality + 0.3, backward: -quality + 0.3 }));
  expect(positionBias(biased)).toBeCloseTo(0.3, 12);
  expect(positionBias(biased.map(({ forward }) => ({ forward, backward: -forward })))).toBeCloseTo(0, 12);
  expect(positionBias([])).toBeNaN();
});
