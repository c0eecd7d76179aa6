import { winRate } from 'nashtune/world';
import { expect, test } from 'vitest';

import { klLines, roundLines, type PlayedRecipe } from '../../../bench/world/worldTables.ts';

/** A run whose rounds have these wins in ten, and these KLs. */
function played(recipe: PlayedRecipe['recipe'], rounds: readonly [wins: number, kl: number][]): PlayedRecipe {
  return {
    recipe,
    seed: 7,
    rounds: rounds.map(([wins, klToBase], i) => {
      const rate = winRate(Array.from({ length: 10 }, (_, at) => Number(at < wins)));
      return { round: i + 1, winRate: rate, judgeWinRate: rate, klToBase, answerTokens: 50, seconds: 61.6 };
    }),
  };
}

test('each round is a row with its win rate and interval', () => {
  const [, , row, ...others] = roundLines([played('inpo', [[7, 0.5]])]);
  // Wilson's interval of 7 in 10.
  expect(row).toBe('| `inpo` | 7 | 1 | 70.0% (39.7 to 89.2) | 70.0% (39.7 to 89.2) | 0.50 | 50.0 | 62 |');
  expect(others).toEqual([]);
});

test('two recipes are compared at win rates that both reach, the last of them the best of the worse one', () => {
  const ways = [
    played('inpo', [
      [7, 1],
      [9, 2],
    ]),
    played('iterative-dpo', [[8, 3]]),
  ];
  const rows = klLines(ways, 'inpo', 'iterative-dpo').slice(2);
  expect(rows).toEqual([
    '| 7 | 65.0% | 0.75 | 1.50 | 0.50 |',
    '| 7 | 70.0% | 1.00 | 2.00 | 0.50 |',
    '| 7 | 75.0% | 1.25 | 2.50 | 0.50 |',
    '| 7 | 80.0% | 1.50 | 3.00 | 0.50 |',
  ]);
  expect(klLines(ways.slice(0, 1), 'inpo', 'iterative-dpo')).toHaveLength(2);
});
