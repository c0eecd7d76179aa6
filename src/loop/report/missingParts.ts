import { isJsonObject } from '../manifest.ts';
import type { MetricsRow } from '../metricsLog.ts';
import { TENSORBOARD_FILE } from '../tensorboard.ts';
import { DETAILS_FILE } from './detailsFile.ts';
import type { RunFolder } from './runFolder.ts';

/** What a round leaves behind, the last first, and where it stands then. */
const STAGES = [
  ['checkpoint', 'trained, and not yet evaluated'],
  ['training-state', 'stopped in training'],
  ['pairs.arrow', 'paired, and not yet trained'],
  ['judgments.arrow', 'judged, and not yet paired'],
  ['samples.arrow', 'sampled, and not yet judged'],
] as const;

/** What a run that was stopped lacks, in sentences; nothing for one that came to its end. */
export function missingParts(folder: RunFolder, metrics: readonly MetricsRow[]): string[] {
  if (folder.has(DETAILS_FILE) || folder.has(TENSORBOARD_FILE)) return [];
  const parts = ['The run has not come to its end. "nashtune run ... --resume" goes on with it.'];
  if (metrics.length === 0) parts.push('Nothing has been measured yet.');
  const last = folder.rounds.at(-1) ?? 0;
  if (last > 0 && !metrics.some(({ round, stage }) => round === last && stage === 'evaluation')) {
    const reached = STAGES.find(([name]) => folder.has(folder.stageFile(last, name)));
    parts.push(`Round ${last}: ${reached === undefined ? 'begun' : reached[1]}.`);
  }
  const { config } = folder.manifest;
  const planned = isJsonObject(config) && typeof config['rounds'] === 'number' ? config['rounds'] : 0;
  const isStopped = folder.records.rounds?.some(({ stopped }) => stopped !== undefined) ?? false;
  if (planned > last && !isStopped)
    parts.push(`Not begun: round ${last + 1}${planned > last + 1 ? ` to ${planned}` : ''}.`);
  return parts;
}
