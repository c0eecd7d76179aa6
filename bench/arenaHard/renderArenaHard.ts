import { benchPage } from '../report/benchPage.ts';
import { namedPoints } from '../report/namedPoints.ts';
import { PERCENT_AXIS } from '../report/percentAxis.ts';
import type { ArenaHardFigures } from './arenaHardFigures.ts';
import { arenaHardTable } from './arenaHardTable.ts';

/** A page about models against one baseline: scores, Bradley-Terry's win rates, and those without style. */
export function renderArenaHard(figures: ArenaHardFigures, judge: string | null, warnings: readonly string[]): string {
  const { baseline, rows, style } = figures;
  const chart = { xName: 'model', y: PERCENT_AXIS, reference: { y: 50, label: `as good as ${baseline}` } };
  const points = (
    value: (row: (typeof rows)[number]) => number,
    bar: (row: (typeof rows)[number]) => [number, number],
  ) =>
    rows.map((row) => {
      const [low, high] = bar(row);
      return { name: row.model, value: 100 * value(row), interval: [100 * low, 100 * high] as const };
    });
  const titles = [
    namedPoints(
      { ...chart, title: 'Score', subtitle: 'Mean of battles, bars: 90% bootstrap' },
      points(
        ({ score }) => score,
        ({ scoreInterval }) => scoreInterval,
      ),
    ),
    namedPoints(
      { ...chart, title: 'Bradley-Terry', subtitle: 'Win rate of the rating, bars: 95% bootstrap' },
      points(
        ({ winRate }) => winRate,
        ({ winRateInterval }) => winRateInterval,
      ),
    ),
    ...(style
      ? [
          namedPoints(
            { ...chart, title: 'Style taken out', subtitle: 'Median of the bootstrap, bars: 90%' },
            points(
              ({ styleControlled }) => styleControlled ?? NaN,
              ({ styleControlledInterval }) => styleControlledInterval ?? [NaN, NaN],
            ),
          ),
        ]
      : []),
  ];
  return benchPage({
    title: `Models against ${baseline}`,
    summary: `${rows.reduce((sum, { battles }) => sum + battles, 0)} battles judged by ${judge ?? 'an unnamed judge'}`,
    warnings,
    charts: titles,
    tables: [
      { heading: 'Models', rows: arenaHardTable(figures) },
      ...(style
        ? [
            {
              heading: 'What style is worth',
              rows: [
                ['one standard deviation more of', 'log-odds'],
                ...Object.entries(style).map(([name, weight]) => [name, weight.toFixed(3)]),
              ],
            },
          ]
        : []),
    ],
  });
}
