import { join } from 'node:path';

import type { BenchOptions, BenchResult, Contender, Environment, PeerComparison } from '../../../../bench/index.ts';
import type { ResolveHubOptions } from '../../../../datasets/index.ts';
import { UserError } from '../../../base/userError.ts';
import { packageRoot } from '../../../recipe/packageRoot.ts';
import type { OptionTable, Session } from '../../command.ts';
import { alignColumns } from '../../drawing/alignColumns.ts';
import { parseDevice, parseThreads } from '../../engineOptions.ts';
import { checkWhole } from '../data/checkWhole.ts';

/** Options of training and generation. */
export const SPEED_OPTIONS = {
  model: {
    type: 'string',
    requiresArg: true,
    describe: 'Model folder in Hugging Face layout, or hub:owner/name@revision',
    defaultDescription: 'a Llama of 33.7M random weights',
  },
  'batch-size': { type: 'number', requiresArg: true },
  steps: { type: 'number', requiresArg: true },
  precision: {
    choices: ['auto', 'fp32', 'bf16'] as const,
    default: 'auto' as const,
    describe: 'Of matrix products; auto: what is faster on this machine',
  },
  seed: { type: 'number', requiresArg: true, default: 1, describe: 'Seed of what is random' },
  device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
  threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
  'data-adapter': { type: 'string', requiresArg: true, default: 'auto', describe: 'Format of the rows' },
  'skip-bad': { type: 'string', requiresArg: true, describe: 'Leave bad rows out and write them to this file' },
  rounds: { type: 'number', requiresArg: true, default: 3, describe: 'With --peer: turns of each side' },
} as const;

export interface SpeedArguments {
  precision: 'auto' | 'fp32' | 'bf16';
  seed: number;
  device: string;
  threads?: number | undefined;
  'data-adapter': string;
  'skip-bad'?: string | undefined;
}

/** The options that every benchmark of speed takes. */
export function benchOptions(args: SpeedArguments, session: Session): BenchOptions {
  if (!Number.isSafeInteger(args.seed)) {
    throw new UserError('cli.usage', `--seed: expected a whole number, got ${args.seed}.`);
  }
  return {
    seed: args.seed,
    precision: args.precision,
    device: parseDevice(args.device),
    threads: parseThreads(args.threads),
    signal: session.io.interruptSignal(),
    onProgress: session.status.update,
  };
}

/** How the file is read, and a model of the Hub fetched. */
export function reading(
  args: SpeedArguments,
  session: Session,
): {
  reading: { adapter: string; skipBad: string | undefined };
  fetching: ResolveHubOptions;
} {
  return {
    reading: { adapter: args['data-adapter'], skipBad: args['skip-bad'] },
    fetching: { signal: session.io.interruptSignal(), onMessage: session.note },
  };
}

/** Checks options that count something. */
export function checkCounts(counts: Readonly<Record<string, number | undefined>>): void {
  for (const [option, value] of Object.entries(counts)) if (value !== undefined) checkWhole(option, value, 1);
}

/** Runs a benchmark; what the library calls wrong use of its options is wrong input here. */
export async function asUser<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError('cli.usage', error.message, { cause: error });
  }
}

/** Says which rows a benchmark left out. */
export function noteDropped(what: string, dropped: readonly string[], session: Session): void {
  if (dropped.length === 0) return;
  const more = dropped.length > 5 ? `, and ${dropped.length - 5} more` : '';
  session.note(`Left out ${dropped.length} ${what}: ${dropped.slice(0, 5).join(', ')}${more}.`);
}

/** What a benchmark found, a line for each figure. */
export function formatSpeed(result: BenchResult, what: readonly (readonly [string, string])[]): string {
  const { tokensPerSecond, stepSecondsMedian, stepSecondsRange, compileSeconds, peakRssMB, spread } = result;
  const [fastest, slowest] = stepSecondsRange.map(milliseconds);
  const rows = [
    ...what,
    ['speed', `${tokensPerSecond.toFixed(0)} tokens/s in ${result.precision}`],
    ['step', `${milliseconds(stepSecondsMedian)} ms (${fastest} to ${slowest}, spread ${(100 * spread).toFixed(0)}%)`],
    ['compilation', `${compileSeconds.toFixed(1)} s`],
    ['peak memory', `${(peakRssMB / 1000).toFixed(2)} GB`],
    ['engine', `${result.backend} ${result.tensorflow} on ${result.device}, ${result.threads} threads`],
    ['machine', formatMachine(result)],
  ];
  return alignColumns(
    rows.map(([name, value]) => [`${result.benchmark} ${name}`, value]),
    [],
  );
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0);
}

/** The machine in one line. */
export function formatMachine({ processor, cores, instructions, loadAverage, node, commit }: Environment): string {
  const features = instructions.length > 0 ? ` (${instructions.join(' ')})` : '';
  return (
    `${processor}, ${cores} cores${features}, load ${loadAverage.toFixed(1)} before, Node ${node}` +
    (commit === null ? '' : `, commit ${commit}`)
  );
}

/** This program with the same options, but without the peer, as a process of its own. */
export function ownProcess(benchmark: 'train' | 'generate', options: OptionTable, args: object): Contender {
  const given = Object.entries(args as Record<string, string | number | boolean | undefined>).filter(
    ([key, value]) => key in options && value !== undefined && key !== 'peer' && key !== 'rounds',
  );
  const flags = given.map(([key, value]) => `--${key}=${value}`);
  const program = join(packageRoot(), 'src/cli/bin.js');
  return { name: 'nashtune', command: process.execPath, args: [program, 'bench', benchmark, '--json', ...flags] };
}

/** Prints both sides and their ratio; as JSON our figures stand at the top, as without a peer. */
export function reportComparison(comparison: PeerComparison, json: boolean, session: Session): void {
  const { rounds, ours, peer, ratio } = comparison;
  session.status.clear();
  if (json) {
    session.printJson({ ...ours, rounds, peer, ratio });
    return;
  }
  const header = ['', 'tokens/s', 'slowest to fastest', 'step ms', 'compilation s', 'peak GB'];
  const rows = [ours, peer].map((side) => [
    side.name,
    side.tokensPerSecond.toFixed(0),
    side.tokensPerSecondRange.map((speed) => speed.toFixed(0)).join(' to '),
    milliseconds(side.stepSecondsMedian),
    side.compileSeconds.toFixed(1),
    (side.peakRssMB / 1000).toFixed(2),
  ]);
  session.print(alignColumns([header, ...rows], [1, 2, 3, 4, 5]));
  const [least, most] = ratio.range.map((value) => value.toFixed(2));
  session.print(`ratio ${ratio.median.toFixed(2)} (${least} to ${most}), ${rounds} rounds by turns`);
  if (peer.versions !== undefined) session.print(`${peer.name}: ${peer.versions}`);
}
