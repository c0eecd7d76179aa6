import { join } from 'node:path';

import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import { trainingRows, type Loop } from './loop.ts';
import { renderReport } from './report/renderReport.ts';
import type { ReportData } from './report/reportData.ts';

/** Writes report.html: what the recipe measured, with the training curves from the run's metrics. */
export async function writeReport(loop: Loop, data: Omit<ReportData, 'steps' | 'notes'>): Promise<string> {
  const steps = trainingRows(loop.metrics.rows).map(({ round, step, values }) => ({
    step: step!,
    round,
    loss: values['loss']!,
    ...(values['rewards/margins'] === undefined ? {} : { rewardMargin: values['rewards/margins'] }),
    ...(values['rewards/accuracies'] === undefined ? {} : { rewardAccuracy: values['rewards/accuracies'] }),
  }));
  const path = join(loop.run.path, 'report.html');
  await writeFileAtomic(path, renderReport({ ...data, steps, notes: loop.notes }));
  return path;
}
