import { numberAxis, SHARE_AXIS, stepAxis } from '../../src/loop/report/scale.ts';
import { benchPage } from '../report/benchPage.ts';
import { namedPoints } from '../report/namedPoints.ts';
import type { BestOfPoint } from './bestOfN.ts';
import type { RerankFigures } from './rerank.ts';
import type { SelfCorrection } from './selfCorrection.ts';

/** What the pages tell of where their figures come from. */
export interface AnswersSource {
  summary: string;
  warnings: readonly string[];
}

/** The lines of a table of n, gold score and divergence. */
export function bestOfTable(points: readonly BestOfPoint[]): string[][] {
  return [
    ['n', 'score', 'KL bound, nats'],
    ...points.map(({ n, value, kl }) => [`${n}`, value.toFixed(4), kl.toFixed(3)]),
  ];
}

/** A page with the best-of-n curve, over n and over the divergence. */
export function renderBestOfN(points: readonly BestOfPoint[], { summary, warnings }: AnswersSource): string {
  const y = numberAxis(points.map(({ value }) => value));
  const chart = (title: string, xName: string, at: (point: BestOfPoint) => number, x: ReturnType<typeof stepAxis>) => ({
    title,
    subtitle: 'Mean score of the answer that is chosen',
    xName,
    x,
    y,
    series: [
      {
        name: 'best of n',
        points: points.map((point) => ({
          x: at(point),
          y: point.value,
          label: `n ${point.n}: ${point.value.toFixed(4)}`,
        })),
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
export function rerankRows({
  passAt1,
  majority,
  self,
  judge,
  passAtK,
}: RerankFigures): { name: string; value: number }[] {
  return [
    { name: 'pass@1', value: passAt1 },
    { name: 'majority', value: majority },
    ...(self === null ? [] : [{ name: 'self-rerank', value: self }]),
    ...(judge === null ? [] : [{ name: 'judge-rerank', value: judge }]),
    { name: 'pass@K', value: passAtK },
  ];
}

/** A page about ways to choose one of K answers. */
export function renderRerank(figures: RerankFigures, { summary, warnings }: AnswersSource): string {
  const rows = rerankRows(figures);
  return benchPage({
    title: 'Choosing one of K answers',
    summary,
    warnings,
    charts: [
      namedPoints({ title: 'Right answers', subtitle: 'Share of prompts', xName: 'who chooses', y: SHARE_AXIS }, rows),
    ],
    tables: [{ heading: 'Figures', rows: shareTable('who chooses', rows) }],
  });
}

/** The figures of self-correction, by their names; NaN where nothing tells one. */
export function selfCorrectionRows(figures: SelfCorrection): { name: string; value: number }[] {
  const { accuracyBefore, accuracyAfter, confidence, critique, relative } = figures;
  return [
    { name: 'Acc before', value: accuracyBefore },
    { name: 'Acc after', value: accuracyAfter },
    { name: 'CL', value: confidence ?? NaN },
    { name: 'CS', value: critique ?? NaN },
    { name: 'RSS', value: relative ?? NaN },
  ];
}

/** A page about what a second look does to answers. */
export function renderSelfCorrection(figures: SelfCorrection, { summary, warnings }: AnswersSource): string {
  const rows = selfCorrectionRows(figures);
  const subtitle = 'CL: right stays right; CS: wrong becomes right; RSS: one half when nothing changes';
  return benchPage({
    title: 'Self-correction',
    summary: `${summary}: ${figures.fixed} fixed, ${figures.broken} broken`,
    warnings,
    charts: [namedPoints({ title: 'Confidence and critique', subtitle, xName: 'figure', y: SHARE_AXIS }, rows)],
    tables: [{ heading: 'Figures', rows: shareTable('figure', rows) }],
  });
}

/** Names with their shares as percentages. */
export function shareTable(name: string, rows: readonly { name: string; value: number }[]): string[][] {
  return [
    [name, 'share'],
    ...rows.map((row) => [row.name, Number.isNaN(row.value) ? '–' : `${(100 * row.value).toFixed(1)}%`]),
  ];
}
