import type { ChartSeries } from '../../src/loop/report/lineChart.ts';
import { SHARE_AXIS, stepAxis } from '../../src/loop/report/scale.ts';
import { benchPage } from '../report/benchPage.ts';
import type { ContaminationFigures } from './contaminationFigures.ts';

/** Prompts that the table names. */
const NAMED = 50;

/** A page about how suspect prompts are, beside prompts that the policy cannot have seen where there are some. */
export function renderContamination(
  figures: ContaminationFigures,
  clean: ContaminationFigures | null,
  summary: string,
  warnings: readonly string[],
): string {
  const most = Math.max(figures.prompts.length, clean?.prompts.length ?? 0);
  return benchPage({
    title: 'Contamination',
    summary,
    warnings,
    charts: [
      {
        title: 'Likeness of entropies',
        subtitle: 'Self-Critique score of each prompt, the most suspect first',
        xName: 'prompt',
        x: stepAxis([1, most]),
        y: SHARE_AXIS,
        series: [curve('these prompts', figures), ...(clean ? [curve('unseen prompts', clean)] : [])],
        markers: true,
      },
    ],
    tables: [
      {
        heading: 'Most suspect prompts',
        rows: [['prompt', 'score'], ...figures.prompts.slice(0, NAMED).map(({ id, score }) => [id, score.toFixed(3)])],
      },
    ],
  });
}

function curve(name: string, { prompts }: ContaminationFigures): ChartSeries {
  const points = prompts.map(({ id, score }, at) => ({ x: at + 1, y: score, label: `${id}: ${score.toFixed(3)}` }));
  return { name, points };
}
