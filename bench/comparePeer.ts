import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { UserError } from '../src/base/userError.ts';
import { watchGpuMemory } from './gpuMemory.ts';
import { median } from './timing.ts';

/** A program that does the job once, in a process of its own, and prints one JSON object. */
export interface Contender {
  name: string;
  command: string;
  args: readonly string[];
  /** Variables of its environment besides ours, in each round. */
  env?: (round: number) => Readonly<Record<string, string>>;
}

/** What a run prints, ours or a peer's. */
export interface PeerRun {
  tokensPerSecond: number;
  compileSeconds: number;
  stepSecondsMedian: number;
  spread: number;
  peakRssMB: number;
  /** Most memory that was taken on the GPU during the run, and not before. */
  peakGpuMB?: number | undefined;
  /** Of the runs that count. */
  tokens: number;
  /** From the start of the process to the end of the first step, loading and compilation included. */
  firstStepSeconds?: number;
  /** Seconds of each of its parts, in their order; of work that has several. */
  stages?: Readonly<Record<string, number>>;
}

/** How one side did, over all rounds. */
export interface SideFigures extends PeerRun {
  name: string;
  /** Slowest and fastest round. */
  tokensPerSecondRange: [number, number];
  /** What the peer's parts are. */
  versions?: string;
}

export interface PeerComparison {
  rounds: number;
  ours: SideFigures;
  peer: SideFigures;
  /** Our speed divided by the peer's of the same round. */
  ratio: { median: number; range: [least: number, most: number] };
}

export interface ComparePeerOptions {
  rounds: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((text: string) => void) | undefined;
}

/**
 * Runs two programs by turns, so that a disturbance hits both, and compares their speeds round by round.
 *
 * @throws {UserError} with the end of what it wrote to standard error, when one fails
 */
export async function comparePeer(
  ours: Contender,
  peer: Contender,
  options: ComparePeerOptions,
): Promise<PeerComparison> {
  const [comparison] = await compareStarts([ours], peer, options);
  return comparison!;
}

/** The same for several programs of ours, which run one after the other before the peer in each round. */
export async function compareStarts(
  ours: readonly Contender[],
  peer: Contender,
  { rounds, signal, onProgress }: ComparePeerOptions,
): Promise<PeerComparison[]> {
  const sides = [...ours, peer].map((contender) => ({ contender, runs: [] as PeerRun[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { contender, runs } of sides) {
      onProgress?.(`Round ${round} of ${rounds}: ${contender.name} ...`);
      runs.push(await runOnce(contender, round, signal));
    }
  }
  const theirs = sides.at(-1)!.runs;
  return sides.slice(0, -1).map(({ contender, runs }) => {
    const ratios = runs.map(({ tokensPerSecond }, i) => tokensPerSecond / theirs[i]!.tokensPerSecond);
    return {
      rounds,
      ours: sideFigures(contender.name, runs),
      peer: sideFigures(peer.name, theirs),
      ratio: { median: median(ratios), range: rangeOf(ratios) },
    };
  });
}

/** On a GPU memory is looked at from outside, the same way for both sides. */
async function runOnce(contender: Contender, round: number, signal?: AbortSignal): Promise<PeerRun> {
  const peakGpuMB = watchGpuMemory();
  try {
    const run = await runProgram(contender, round, signal);
    return { ...run, peakGpuMB: peakGpuMB() };
  } finally {
    peakGpuMB();
  }
}

async function runProgram(contender: Contender, round: number, signal?: AbortSignal): Promise<PeerRun> {
  const { name, command, args } = contender;
  try {
    const env = { ...process.env, ...contender.env?.(round) };
    const options = { encoding: 'utf8', maxBuffer: 1 << 28, env, ...(signal ? { signal } : {}) } as const;
    const { stdout } = await promisify(execFile)(command, args, options);
    // Ours is several lines and nothing else; libraries of a peer print lines of their own before its one.
    const document = stdout.startsWith('{\n') ? stdout : stdout.trimEnd().split('\n').at(-1)!;
    return JSON.parse(document) as PeerRun;
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = '', message } = error as Error & { stderr?: string };
    const end = stderr.trim().split('\n').slice(-5).join('\n');
    throw new UserError(
      'bench.peer',
      `${name}: expected one JSON object, the run failed:\n${end === '' ? message : end}\nMend the cause, then run again.`,
      { cause: error },
    );
  }
}

/** The other fields are those of the last run. */
function sideFigures(name: string, runs: readonly PeerRun[]): SideFigures {
  const middle = (key: Exclude<keyof PeerRun, 'firstStepSeconds' | 'peakGpuMB' | 'stages'>): number =>
    median(runs.map((run) => run[key]));
  const firstSteps = runs.flatMap(({ firstStepSeconds }) => firstStepSeconds ?? []);
  return {
    ...runs.at(-1)!,
    name,
    tokensPerSecond: middle('tokensPerSecond'),
    tokensPerSecondRange: rangeOf(runs.map(({ tokensPerSecond }) => tokensPerSecond)),
    compileSeconds: middle('compileSeconds'),
    stepSecondsMedian: middle('stepSecondsMedian'),
    spread: middle('spread'),
    ...(firstSteps.length === 0 ? {} : { firstStepSeconds: median(firstSteps) }),
    peakRssMB: Math.max(...runs.map(({ peakRssMB }) => peakRssMB)),
    ...peakGpuOf(runs),
    ...stagesOf(runs),
  };
}

function peakGpuOf(runs: readonly PeerRun[]): { peakGpuMB?: number } {
  const peaks = runs.flatMap(({ peakGpuMB }) => peakGpuMB ?? []);
  return peaks.length > 0 ? { peakGpuMB: Math.max(...peaks) } : {};
}

function stagesOf(runs: readonly PeerRun[]): { stages?: Record<string, number> } {
  const stages = runs.flatMap((run) => (run.stages ? [run.stages] : []));
  if (stages.length === 0) return {};
  const names = Object.keys(stages[0]!);
  return { stages: Object.fromEntries(names.map((name) => [name, median(stages.map((seconds) => seconds[name]!))])) };
}

function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
