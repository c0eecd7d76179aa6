import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { bradleyTerry } from '../../../src/judges/aggregate/bradleyTerry.ts';
import { cyclicTriples } from '../../../src/judges/aggregate/cyclicTriples.ts';
import { eloFromStrengths } from '../../../src/judges/aggregate/elo.ts';
import { nashMixture } from '../../../src/judges/aggregate/nashMixture.ts';
import { rankerMatrix, rankerScores } from '../../../src/judges/aggregate/rankerMatrix.ts';
import { selectPairs } from '../../../src/judges/aggregate/selectPairs.ts';
import { tournament } from '../../../src/judges/aggregate/tournament.ts';
import { winRates } from '../../../src/judges/aggregate/winRates.ts';

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../golden/${name}`, import.meta.url), 'utf8'));
}

const golden = read('aggregation.json') as {
  cases: {
    name: string;
    matrix: number[][];
    win_rates: number[];
    win_rates_excluding_self: number[];
    ridge: number;
    bradley_terry: number[];
    elo: number[];
    nash: number[];
    cyclic_triples: number | null;
  }[];
  counted: { wins: number[][]; ridge: number; bradley_terry: number[] };
};

function expectClose(found: readonly (number | null)[], expected: readonly number[], digits: number): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

describe.each(golden.cases)('numpy and scipy agree on $name', (entry) => {
  test('about win rates', () => {
    expectClose(winRates(entry.matrix), entry.win_rates, 12);
    expectClose(winRates(entry.matrix, { self: 'excluded' }), entry.win_rates_excluding_self, 12);
  });

  test('about Bradley-Terry strengths and Elo points', () => {
    const strengths = bradleyTerry(entry.matrix, { ridge: entry.ridge });
    expectClose(strengths, entry.bradley_terry, 7);
    expectClose(eloFromStrengths(strengths), entry.elo, 4);
    expect(strengths.reduce((sum, s) => sum + s, 0)).toBeCloseTo(0, 7);
  });

  test('about the Nash mixture, which nobody beats', () => {
    const { weights, exploitability } = nashMixture(entry.matrix);
    expectClose(weights, entry.nash, 8);
    expect(Math.abs(exploitability)).toBeLessThan(1e-9);
  });

  test('about circles', () => {
    const share = cyclicTriples(entry.matrix);
    if (entry.cyclic_triples === null) expect(share).toBeNaN();
    else expect(share).toBeCloseTo(entry.cyclic_triples, 12);
  });
});

test('scipy agrees on strengths from counted games', () => {
  const { wins, ridge, bradley_terry: expected } = golden.counted;
  expectClose(bradleyTerry(wins, { ridge }), expected, 7);
});

const [labels, bracket] = read('judgePipelines.json') as [
  { inputs: { ordered_pair_logits: number[][] }; expected_outputs: Record<string, number[] & number[][] & number> },
  {
    inputs: { pref_matrix: number[][] };
    expected_outputs: { comparisons: [number, number][]; best: number; worst: number; kept: boolean };
  },
];

describe('the reference for SPPO’s labels', () => {
  const logits = labels.inputs.ordered_pair_logits;
  const expected = labels.expected_outputs;

  test('is met as the published code has them', () => {
    expectClose(rankerScores(logits), expected['scores']!, 12);
    const matrix = rankerMatrix(logits, { mode: 'sppo-official' });
    matrix.forEach((row, i) => expectClose(row, expected['prob_matrix_code']![i]!, 12));
    const [pair] = selectPairs(matrix);
    expect(pair).toEqual({
      chosen: expected['chosen_index'],
      rejected: expected['rejected_index'],
      pChosen: expect.closeTo(expected['chosen_probs_win']!, 12),
      pRejected: expect.closeTo(expected['chosen_probs_lose']!, 12),
      pChosenBeatsRejected: expect.closeTo(expected['chosen_probs']!, 12),
    });
  });

  test('is met by the mean of both orders', () => {
    const matrix = rankerMatrix(logits);
    matrix.forEach((row, i) => expectClose(row, expected['prob_matrix_pairwise_symmetrised']![i]!, 12));
    expectClose(winRates(matrix), expected['win_prob_pairwise_symmetrised']!, 12);
    const excluded = winRates(matrix, { self: 'excluded' });
    expectClose(excluded, expected['win_prob_pairwise_symmetrised_excluding_self']!, 12);
  });
});

test('the reference for INPO’s tournament is met, comparison by comparison', async () => {
  const matrix = bracket.inputs.pref_matrix;
  let batches = 0;
  const result = await tournament(8, (pairs) => {
    batches += 1;
    return pairs.map(([i, j]) => matrix[i]![j]!);
  });
  const { comparisons, best, worst, kept } = bracket.expected_outputs;
  expect(result).toEqual({ comparisons, best, worst, kept });
  expect(result!.comparisons).toHaveLength(11);
  expect(batches).toBe(4);
});
