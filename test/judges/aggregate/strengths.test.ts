import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { bradleyTerry } from '../../../src/judges/aggregate/bradleyTerry.ts';
import { cyclicTriples } from '../../../src/judges/aggregate/cyclicTriples.ts';
import { eloRatings } from '../../../src/judges/aggregate/elo.ts';
import { exploitability, nashMixture } from '../../../src/judges/aggregate/nashMixture.ts';
import { matrices } from './matrices.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('Bradley-Terry strengths', () => {
  test('are found again from the preferences that they make', () => {
    const strengths = [1.2, 0.3, -0.4, -1.1];
    const matrix = strengths.map((a) => strengths.map((b) => sigmoid(a - b)));
    bradleyTerry(matrix, { ridge: 1e-9 }).forEach((s, i) => expect(s).toBeCloseTo(strengths[i]!, 6));
    expect(cyclicTriples(matrix)).toBe(0);
  });

  test('put whoever wins against all on top, at a finite height, and turn over with the results', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const strengths = bradleyTerry(matrix);
        expect(strengths.every(Number.isFinite)).toBe(true);
        const turned = bradleyTerry(matrix.map((row, i) => row.map((_, j) => matrix[j]![i]!)));
        turned.forEach((s, i) => expect(s).toBeCloseTo(-strengths[i]!, 6));
        const champion = matrix.findIndex((row, i) => row.every((p, j) => i === j || p > 0.5));
        if (champion >= 0) expect(strengths[champion]).toBe(Math.max(...strengths));
      }),
    );
  });

  test('leave alone who played nobody, and refuse what is no table of wins', () => {
    const [, , idle] = bradleyTerry([
      [0.5, 1, null],
      [0, 0.5, null],
      [null, null, 0.5],
    ]);
    expect(idle).toBe(0);
    expect(bradleyTerry([])).toEqual([]);
    expect(() => bradleyTerry([[0, 1]])).toThrow(/row 0 has 2 of 1/);
    expect(() =>
      bradleyTerry([
        [0, -1],
        [1, 0],
      ]),
    ).toThrow(/-1 wins/);
    expect(() => bradleyTerry([[0.5]], { ridge: 0 })).toThrow(/ridge must be positive/);
  });
});

describe('Elo ratings', () => {
  test('move by k times the surprise, and keep their sum', () => {
    // 32 * (1 - 1/2); then 32 * (0 - 1 / (1 + 10^(-32/400))).
    const [a, b] = eloRatings(2, [
      { i: 0, j: 1, pFirst: 1 },
      { i: 0, j: 1, pFirst: 0 },
    ]);
    expect(a).toBeCloseTo(1016 - 32 / (1 + 10 ** (-32 / 400)), 9);
    expect(a! + b!).toBeCloseTo(2000, 9);
    expect(eloRatings(2, [{ i: 0, j: 1, pFirst: 0.5 }], { k: 16, start: 1500 })).toEqual([1500, 1500]);
  });
});

describe('the Nash mixture', () => {
  test('is beaten by nobody, whatever the preferences', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const { weights, exploitability: gap } = nashMixture(matrix);
        expect(weights.every((w) => w >= 0)).toBe(true);
        expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
        expect(Math.abs(gap)).toBeLessThan(1e-9);
      }),
      { numRuns: 300 },
    );
  });

  test('is the known one of the cyclic game, and whoever beats all the others', () => {
    const game = [
      [0.5, 0.9, 0.2],
      [0.1, 0.5, 0.9],
      [0.8, 0.1, 0.5],
    ];
    nashMixture(game).weights.forEach((w, i) => expect(w).toBeCloseTo([4, 3, 4][i]! / 11, 12));
    expect(exploitability(game, [1, 0, 0])).toBeCloseTo(0.3, 12);
    const champion = [
      [0.5, 0.2],
      [0.8, 0.5],
    ];
    expect(nashMixture(champion).weights).toEqual([0, 1]);
  });

  test('needs a whole game', () => {
    expect(() => nashMixture([])).toThrow(/empty/);
    expect(() => nashMixture([[0.5, 0.5]])).toThrow(/row 0 has 2/);
    expect(() =>
      nashMixture([
        [0.5, 0.9],
        [0.9, 0.5],
      ]),
    ).toThrow(/do not sum to 1/);
  });
});

describe('circles', () => {
  test('are counted among known triples, ties aside', () => {
    const circle = [
      [0.5, 0.6, 0.4],
      [0.4, 0.5, 0.6],
      [0.6, 0.4, 0.5],
    ];
    expect(cyclicTriples(circle)).toBe(1);
    const tie = circle.map((row) => row.map((p, j) => (j === 2 ? 0.5 : p)));
    expect(cyclicTriples(tie)).toBe(0);
    expect(
      cyclicTriples([
        [0.5, 1],
        [0, 0.5],
      ]),
    ).toBeNaN();
    expect(cyclicTriples(circle.map((row) => row.map((p, j) => (j === 2 ? null : p))))).toBeNaN();
  });
});
