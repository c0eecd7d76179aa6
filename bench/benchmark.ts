import { fastPrecision, startEngine, type DeviceName } from 'nashtune/engine';

import { environment, type Environment } from './environment.ts';
import { peakRssMB, summarize, type Timing } from './timing.ts';

export interface BenchOptions {
  /** Runs that count; one more comes first, which compiles. */
  steps: number;
  seed: number;
  /** Of matrix products; `auto`: what is faster on this machine. */
  precision: 'auto' | 'fp32' | 'bf16';
  /** Default `auto`. */
  device?: DeviceName | undefined;
  /** Default: all cores. */
  threads?: number | undefined;
  onProgress?: ((text: string) => void) | undefined;
}

/** What every benchmark reports. */
export interface BenchResult extends Timing, Environment {
  benchmark: string;
  tokensPerSecond: number;
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
  /** Tokens of one step. */
  tokens: number;
  /** Steps of one run; 1 unless a run cannot be timed in parts. */
  stepsPerRun: number;
  run(index: number): Promise<void>;
  dispose(): void;
}

/**
 * Starts the engine, then times the runs of a workload one by one.
 *
 * @param prepare makes the workload, once the engine runs
 */
export async function runBenchmark(
  benchmark: 'train' | 'generate' | 'pairrm',
  options: BenchOptions,
  prepare: (precision: 'fp32' | 'bf16') => Workload,
): Promise<BenchResult> {
  // Before the work, so that the load is that of others.
  const machine = environment();
  const { device, threads } = options;
  const engine = await startEngine({ ...(device ? { device } : {}), ...(threads === undefined ? {} : { threads }) });
  // PairRM reads whole texts, as training does.
  const work = benchmark === 'generate' ? 'generation' : 'training';
  const precision = options.precision === 'auto' ? fastPrecision(work) : options.precision;
  options.onProgress?.('Making the model ...');
  const workload = prepare(precision);
  const seconds = await timeRuns(workload, options);
  workload.dispose();
  const timing = summarize(seconds, workload.stepsPerRun);
  return {
    benchmark,
    tokensPerSecond: workload.tokens / timing.stepSecondsMedian,
    ...timing,
    peakRssMB: peakRssMB(),
    precision,
    seed: options.seed,
    threads: engine.threads,
    device: engine.device,
    backend: engine.backend,
    tensorflow: engine.version,
    ...machine,
  };
}

async function timeRuns(workload: Workload, { steps, onProgress }: BenchOptions): Promise<number[]> {
  const seconds: number[] = [];
  for (let index = 0; index <= steps; index++) {
    onProgress?.(index === 0 ? 'Compiling ...' : `Run ${index} of ${steps} ...`);
    const start = performance.now();
    await workload.run(index);
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}
