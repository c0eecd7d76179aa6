import type { ArenaHardFigures } from './arenaHardFigures.ts';

/** One line for each model, and the names of the columns. */
export function arenaHardTable({ rows, style }: ArenaHardFigures): string[][] {
  return [
    ['model', 'prompts', 'score', '90%', 'Elo', 'win rate', '95%', ...(style ? ['without style', '90%'] : [])],
    ...rows.map((row) => [
      row.model,
      String(row.prompts),
      percent(row.score),
      range(row.scoreInterval),
      row.elo.toFixed(0),
      percent(row.winRate),
      range(row.winRateInterval),
      ...(row.styleControlled === null ? [] : [percent(row.styleControlled), range(row.styleControlledInterval!)]),
    ]),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function range([low, high]: readonly [number, number]): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
}
