import { join } from 'node:path';

import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import type { Loop } from './loop.ts';
import { DETAILS_FILE, detailsText } from './report/detailsFile.ts';
import type { ReportDetails } from './report/reportData.ts';
import { writeRunReport } from './report/writeRunReport.ts';

/**
 * Ends a run with its report: writes `report.json`, what the recipe says of the run, and makes `report.html` from the files of the
 * run's folder, as `nashtune report` does.
 *
 * @returns the path of report.html
 */
export async function writeReport(loop: Loop, details: ReportDetails): Promise<string> {
  loop.metrics.sync();
  await writeFileAtomic(join(loop.run.path, DETAILS_FILE), detailsText(details, loop.notes));
  return (await writeRunReport(loop.run.path)).path;
}
