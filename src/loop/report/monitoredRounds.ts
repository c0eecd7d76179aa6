import type { SampleRow } from '../../../datasets/index.ts';
import { chosenFall } from '../../training/chosenFall.ts';
import type { MetricsRow } from '../metricsLog.ts';
import { iterateMatrix } from '../monitors/iterateMatrix.ts';
import { roundMonitors } from '../monitors/roundMonitors.ts';
import type { RoundAnswers } from './answersShown.ts';
import type { ReportRound } from './reportData.ts';

export interface MonitoredTables {
  metrics: readonly MetricsRow[];
  /** The base policy's answers to the held-out prompts. */
  baseline: readonly SampleRow[];
  /** Each round's. */
  evaluations: readonly RoundAnswers[];
}

/**
 * Adds to each round what the monitors say of its held-out answers, where the run did not log it itself, and collects their
 * alarms.
 */
export function monitoredRounds(
  rounds: readonly ReportRound[],
  { metrics, baseline, evaluations }: MonitoredTables,
): { rounds: ReportRound[]; alarms: string[] } {
  const alarms: string[] = [];
  const monitored = new Map(rounds.map((round) => [round.round, round]));
  evaluations.forEach(({ round, samples }, at) => {
    const found = roundMonitors({
      samples,
      baseline: baseline.length === 0 ? undefined : baseline,
      previous: evaluations[at - 1]?.samples,
    });
    const known = monitored.get(round) ?? { round, values: {} };
    monitored.set(round, { ...known, values: { ...known.values, ...found.values, ...known.values } });
    alarms.push(...found.alarms.map((alarm) => `round ${round}: ${alarm}`));
  });
  alarms.push(...fallenChosen(metrics));
  const iterates = iterateMatrix(metrics, { onlyCertain: true });
  if (iterates) alarms.push(...roundMonitors({ samples: [], iterates }).alarms);
  return { rounds: [...monitored.values()].sort((a, b) => a.round - b.round), alarms };
}

/** What `chosenFall` says of each round's training. */
function fallenChosen(metrics: readonly MetricsRow[]): string[] {
  const watches = new Map<number, ReturnType<typeof chosenFall>>();
  return metrics.flatMap(({ round, stage, step, values }) => {
    if (stage !== 'train' || step === undefined) return [];
    const watch = watches.get(round) ?? chosenFall();
    watches.set(round, watch);
    const alarm = watch(values);
    return alarm === undefined ? [] : [`round ${round}: ${alarm}`];
  });
}
