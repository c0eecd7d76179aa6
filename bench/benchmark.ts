import { choosePrecision, startEngine, type DeviceName } from 'nashtune/engine';

import { environment, type Environment } from './environment.ts';
import { peakRssMB, summarize, type RunTimes, type Timing } from './timing.ts';

export interface BenchOptions {
  seed: number;
  /** Of matrix products; `auto`: what is faster on this machine. */
  precision: 'auto' | 'fp32' | 'bf16';
  /** Default `auto`. */
  device?: DeviceName | undefined;
  /** Default: all cores. */
  threads?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((text: string) => void) | undefined;
}

/** What every benchmark reports. */
export interface BenchResult extends Timing, Environment {
  benchmark: string;
  tokensPerSecond: number;
  /** Of the runs that count. */
  tokens: number;
  /** Runs that count, after those that compiled. */
  steps: number;
  /** From the start of the process to the end of the first run, loading and compilation included. */
  firstStepSeconds: number;
  /** Of the whole process: a benchmark needs a process of its own. */
  peakRssMB: number;
  precision: 'fp32' | 'bf16';
  seed: number;
  threads: number;
  device: string;
  /** `tensorflow`, or the portable backend's name. */
  backend: string;
  /** Version of TensorFlow. */
  tensorflow: string;
}

/** Something to time again and again. */
export interface Workload {
  /** Runs that are taken first and compile: one of each shape. */
  warmUp: readonly number[];
  /** Runs that count. */
  runs: number;
  /** Tokens of a run, padding not counted. */
  tokens(index: number): number;
  /** Steps of one run; 1 unless a run cannot be timed in parts. */
  stepsPerRun: number;
  run(index: number): Promise<void>;
  dispose(): void;
}

/**
 * Starts the engine, then times the runs of a workload one by one. The speed is that of all runs that count together.
 *
 * @param prepare makes the workload, once the engine runs
 */
export async function runBenchmark(
  benchmark: 'train' | 'generate' | 'pairrm',
  options: BenchOptions,
  prepare: (precision: 'fp32' | 'bf16') => Workload | Promise<Workload>,
): Promise<BenchResult> {
  // Before the work, so that the load is that of others.
  const machine = environment();
  const { device, threads } = options;
  const engine = await startEngine({ ...(device ? { device } : {}), ...(threads === undefined ? {} : { threads }) });
  const precision = choosePrecision(options.precision);
  options.onProgress?.('Loading the model ...');
  const workload = await prepare(precision);
  let times: RunTimes & { firstStepSeconds: number };
  try {
    times = await timeRuns(workload, options);
  } finally {
    workload.dispose();
  }
  const tokens = Array.from({ length: workload.runs }, (_, index) => workload.tokens(index)).reduce((a, b) => a + b);
  return {
    benchmark,
    tokensPerSecond: tokens / times.steady.reduce((a, b) => a + b),
    ...summarize(times, workload.stepsPerRun),
    firstStepSeconds: times.firstStepSeconds,
    peakRssMB: peakRssMB(),
    tokens,
    steps: workload.runs,
    precision,
    seed: options.seed,
    threads: engine.threads,
    device: engine.device,
    backend: engine.backend,
    tensorflow: engine.version,
    ...machine,
  };
}

async function timeRuns(
  workload: Workload,
  { signal, onProgress }: BenchOptions,
): Promise<RunTimes & { firstStepSeconds: number }> {
  let firstStepSeconds = 0;
  const timed = async (index: number): Promise<number> => {
    signal?.throwIfAborted();
    const start = performance.now();
    await workload.run(index);
    firstStepSeconds ||= process.uptime();
    return (performance.now() - start) / 1000;
  };
  const { warmUp, runs } = workload;
  const times = { warmUp: [] as number[], steady: [] as number[] };
  for (const [i, index] of warmUp.entries()) {
    onProgress?.(`Compiling shape ${i + 1} of ${warmUp.length} ...`);
    times.warmUp.push(await timed(index));
  }
  for (let index = 0; index < runs; index++) {
    onProgress?.(`Run ${index + 1} of ${runs} ...`);
    times.steady.push(await timed(index));
  }
  return { ...times, firstStepSeconds };
}
