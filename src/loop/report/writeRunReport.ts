import { join } from 'node:path';

import { writeFileAtomic } from '../../base/writeFileAtomic.ts';
import { readReportData, type ReadReportOptions } from './readReportData.ts';
import { renderReport } from './renderReport.ts';
import type { ReportData } from './reportData.ts';

/** Makes `report.html` from the files of a run, finished or not. */
export async function writeRunReport(
  folder: string,
  options: ReadReportOptions = {},
): Promise<{ path: string; data: ReportData }> {
  const data = await readReportData(folder, options);
  const path = join(folder, 'report.html');
  await writeFileAtomic(path, renderReport(data));
  return { path, data };
}
