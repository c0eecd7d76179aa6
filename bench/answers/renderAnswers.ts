import { numberAxis, SHARE_AXIS, stepAxis, type Axis } from '../../src/loop/report/scale.ts';
import { benchPage } from '../report/benchPage.ts';
import { namedPoints, type NamedValue } from '../report/namedPoints.ts';
import type { BestOfPoint } from './bestOfN.ts';
import type { RerankFigures } from './rerank.ts';
import type { SelfCorrection } from './selfCorrection.ts';
import type { SelfCorrectionIntervals } from './selfCorrectionIntervals.ts';

/** What the pages tell of where their figures come from. */
export interface AnswersSource {
  summary: string;
  warnings: readonly string[];
}

/** The lines of a table of n, gold score and divergence. */
export function bestOfTable(points: readonly BestOfPoint[]): string[][] {
  return [
    ['n', 'score', '95% interval', 'KL bound, nats'],
    ...points.map(({ n, value, kl, interval: [low, high] }) => [
      `${n}`,
      value.toFixed(4),
      `${low.toFixed(4)} to ${high.toFixed(4)}`,
      kl.toFixed(3),
    ]),
  ];
}

/** A page with the best-of-n curve, over n and over the divergence. */
export function renderBestOfN(points: readonly BestOfPoint[], { summary, warnings }: AnswersSource): string {
  const y = numberAxis(points.flatMap(({ interval }) => interval));
  const chart = (title: string, xName: string, at: (point: BestOfPoint) => number, x: ReturnType<typeof stepAxis>) => ({
    title,
    subtitle: 'Mean score of the answer that is chosen, with its 95% interval over prompts',
    xName,
    x,
    y,
    series: [
      {
        name: 'best of n',
        points: points.map((point) => {
          const [low, high] = point.interval;
          const label = `n ${point.n}: ${point.value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
          return { x: at(point), y: point.value, low, high, label };
        }),
      },
    ],
    markers: true,
  });
  return benchPage({
    title: 'Best of n',
    summary,
    warnings,
    charts: [
      chart('By answers', 'n', ({ n }) => n, stepAxis(points.map(({ n }) => n))),
      chart('By divergence', 'log n - (n - 1) / n, nats', ({ kl }) => kl, numberAxis(points.map(({ kl }) => kl))),
    ],
    tables: [{ heading: 'Curve', rows: bestOfTable(points) }],
  });
}

/** The ways to choose that were tried, by their names. */
export function rerankRows(figures: RerankFigures): NamedValue[] {
  const names = {
    passAt1: 'pass@1',
    majority: 'majority',
    self: 'self-rerank',
    judge: 'judge-rerank',
    passAtK: 'pass@K',
  };
  return (Object.keys(names) as (keyof typeof names)[]).flatMap((key) => {
    const [value, interval] = [figures[key], figures.intervals[key]];
    return value === null || interval === null ? [] : [{ name: names[key], value, interval }];
  });
}

/** A page about ways to choose one of K answers. */
export function renderRerank(figures: RerankFigures, { summary, warnings }: AnswersSource): string {
  const rows = rerankRows(figures);
  return benchPage({
    title: 'Choosing one of K answers',
    summary,
    warnings,
    charts: [
      namedPoints(
        {
          title: 'Right answers',
          subtitle: 'Share of prompts, with its 95% interval',
          xName: 'who chooses',
          y: SHARE_AXIS,
        },
        rows,
      ),
    ],
    tables: [{ heading: 'Figures', rows: shareTable('who chooses', rows) }],
  });
}

/** The figures of self-correction, by their names; NaN where nothing tells one. */
export function selfCorrectionRows(figures: SelfCorrection, intervals: SelfCorrectionIntervals): NamedValue[] {
  const names = {
    accuracyBefore: 'Acc before',
    accuracyAfter: 'Acc after',
    confidence: 'CL',
    critique: 'CS',
    relative: 'RSS',
  };
  return (Object.keys(names) as (keyof typeof names)[]).map((key) => {
    return { name: names[key], value: figures[key] ?? NaN, interval: intervals[key] ?? undefined };
  });
}

/** A page about what a second look does to answers. */
export function renderSelfCorrection(
  figures: SelfCorrection,
  intervals: SelfCorrectionIntervals,
  { summary, warnings }: AnswersSource,
): string {
  const rows = selfCorrectionRows(figures, intervals);
  const subtitle = 'CL: right stays right; CS: wrong becomes right; RSS: one half when nothing changes';
  return benchPage({
    title: 'Self-correction',
    summary: `${summary}: ${figures.fixed} fixed, ${figures.broken} broken`,
    warnings,
    charts: [namedPoints({ title: 'Confidence and critique', subtitle, xName: 'figure', y: axisOf(rows) }, rows)],
    tables: [{ heading: 'Figures', rows: shareTable('figure', rows) }],
  });
}

/** Percentages; RSS and its interval may lie outside of them. */
function axisOf(rows: readonly NamedValue[]): Axis {
  const all = rows.flatMap(({ value, interval = [] }) => [value, ...interval]).filter(Number.isFinite);
  return all.every((value) => value >= 0 && value <= 1) ? SHARE_AXIS : numberAxis([0, 1, ...all]);
}

/** Names with their shares as percentages, and the intervals of these. */
export function shareTable(name: string, rows: readonly NamedValue[]): string[][] {
  return [
    [name, 'share', '95% interval'],
    ...rows.map((row) => [
      row.name,
      Number.isNaN(row.value) ? '–' : percent(row.value),
      row.interval === undefined ? '–' : `${percent(row.interval[0])} to ${percent(row.interval[1])}`,
    ]),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
