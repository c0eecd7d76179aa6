import { join } from 'node:path';

import { MetricsLog, type MetricsRow } from './metricsLog.ts';
import type { RunManifest } from './manifest.ts';
import { outputFault } from '../base/outputFault.ts';
import { openRunDirectory, type RunDirectory } from './runDirectory.ts';
import { TENSORBOARD_FILE, writeTensorBoard } from './tensorboard.ts';

/** What a loop needs of the program that runs it. */
export interface LoopContext {
  /** Folder of the run. */
  out: string;
  resume: boolean;
  /** Go on with a run that differs from this one, and record what differs. */
  force?: boolean | undefined;
  /** Names the content of the recipe's file, which takes part in the comparison of runs. */
  recipeHash?: string | undefined;
  signal: AbortSignal;
  /** One line of result. */
  print: (line: string) => void;
  /** The present state of the present stage. */
  progress: (text: string) => void;
}

/** An open run: its folder, its logs, and how to record a stage. */
export interface Loop extends LoopContext {
  readonly run: RunDirectory;
  readonly metrics: MetricsLog;
  readonly timings: MetricsLog;
  readonly seed: number;
  /** What the reader of the report must know besides the numbers. */
  readonly notes: string[];
  /** Wall-clock seconds and other figures that may differ between equal runs. */
  time<T>(round: number, stage: string, work: () => Promise<T>): Promise<T>;
  /**
   * The values of a stage: those logged before the run was interrupted, else the outcome of `compute`, which is logged.
   */
  measure(
    round: number,
    stage: string,
    compute: () => Promise<Record<string, number>>,
  ): Promise<Record<string, number>>;
}

/**
 * Opens a run's folder and logs, does `work`, and closes them whatever happens.
 *
 * @throws {UserError} when the folder cannot be used, or stops being writable
 */
export async function withLoop<T>(
  context: LoopContext,
  manifest: RunManifest,
  work: (loop: Loop) => Promise<T>,
): Promise<T> {
  const { out, resume, force = false, recipeHash } = context;
  const told =
    recipeHash === undefined ? manifest : { ...manifest, inputs: { ...manifest.inputs, recipe: recipeHash } };
  const run = await openRunDirectory({ path: out, resume, force, manifest: told });
  const logs: MetricsLog[] = [];
  try {
    const metrics = await MetricsLog.open(join(run.path, 'metrics.jsonl'));
    logs.push(metrics);
    const timings = await MetricsLog.open(join(run.path, 'timings.jsonl'));
    logs.push(timings);
    if (run.resumed) context.print(`Resuming the run in ${context.out}: ${metrics.rows.length} measurements so far.`);
    const result = await work(createLoop(context, run, metrics, timings, Number(manifest.seeds['seed'] ?? 0)));
    await writeTensorBoard(join(run.path, TENSORBOARD_FILE), metrics.rows);
    return result;
  } catch (error) {
    throw outputFault(error, run.path);
  } finally {
    for (const log of logs) log.close();
    await run.close();
  }
}

function createLoop(
  context: LoopContext,
  run: RunDirectory,
  metrics: MetricsLog,
  timings: MetricsLog,
  seed: number,
): Loop {
  return {
    ...context,
    run,
    metrics,
    timings,
    seed,
    notes: [],
    time: async (round, stage, work) => {
      const start = performance.now();
      const result = await work();
      const peakRssMB = process.resourceUsage().maxRSS / 1024;
      timings.append({ round, stage, values: { seconds: (performance.now() - start) / 1000, peakRssMB } });
      return result;
    },
    measure: async (round, stage, compute) => {
      const known = metrics.rows.find((row) => row.round === round && row.stage === stage && row.step === undefined);
      if (known) return known.values;
      const values = await compute();
      metrics.append({ round, stage, values });
      metrics.sync();
      return values;
    },
  };
}

/** The metrics of training steps, in order. */
export function trainingRows(rows: readonly MetricsRow[]): MetricsRow[] {
  return rows.filter(({ stage, step }) => stage === 'train' && step !== undefined);
}
