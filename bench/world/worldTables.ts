import type { WinRate } from 'nashtune/world';

import { klAtWinRate } from './klAtWinRate.ts';
import type { WorldRound } from './readWorldRounds.ts';
import type { WorldRecipe } from './worldSettings.ts';

/** A recipe's finished run. */
export interface PlayedRecipe {
  recipe: WorldRecipe;
  seed: number;
  rounds: WorldRound[];
}

/** Win rates at which two recipes are compared, where both reach them. */
const LEVELS = [0.65, 0.7, 0.75, 0.8, 0.85];

/** A Markdown table with a row for each round. */
export function roundLines(played: readonly PlayedRecipe[]): string[] {
  return [
    '| recipe | seed | round | wins over the base by the hidden rule (95%) | by the judge (95%) | KL to base, nats | tokens an answer | seconds |',
    '|---|---|---|---|---|---|---|---|',
    ...played.flatMap(({ recipe, seed, rounds }) =>
      rounds.map((row) =>
        cells([
          `\`${recipe}\``,
          seed,
          row.round,
          interval(row.winRate),
          interval(row.judgeWinRate),
          row.klToBase.toFixed(2),
          row.answerTokens.toFixed(1),
          row.seconds.toFixed(0),
        ]),
      ),
    ),
  ];
}

/**
 * A Markdown table with a row for each seed and each win rate, by the hidden rule, that two recipes reach: the KL to the base at
 * which they first do (`klAtWinRate`). The last row of a seed is the lower one of their best win rates.
 */
export function klLines(played: readonly PlayedRecipe[], one: WorldRecipe, other: WorldRecipe): string[] {
  const wayOf = (seed: number, recipe: WorldRecipe) =>
    played
      .find((run) => run.seed === seed && run.recipe === recipe)
      ?.rounds.map(({ winRate, klToBase }) => ({ winRate: winRate.rate, kl: klToBase }));
  const rows = [...new Set(played.map(({ seed }) => seed))].flatMap((seed) => {
    const [a, b] = [wayOf(seed, one), wayOf(seed, other)];
    if (!a || !b) return [];
    const common = Math.min(...[a, b].map((way) => Math.max(...way.map(({ winRate }) => winRate))));
    return [...LEVELS.filter((level) => level < common), common].map((level) => {
      const [ka, kb] = [klAtWinRate(a, level)!, klAtWinRate(b, level)!];
      return cells([seed, percent(level), ka.toFixed(2), kb.toFixed(2), (ka / kb).toFixed(2)]);
    });
  });
  return [`| seed | win rate | KL of \`${one}\` | KL of \`${other}\` | ratio |`, '|---|---|---|---|---|', ...rows];
}

const cells = (row: readonly (string | number)[]): string => `| ${row.join(' | ')} |`;
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const interval = ({ rate, low, high }: WinRate): string =>
  `${percent(rate)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
