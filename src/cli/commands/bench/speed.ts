import type { BenchOptions, BenchResult, Environment, StartupBenchResult } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { defineCommand, type Session } from '../../command.ts';
import { parseDevice, parseThreads } from '../../engineOptions.ts';

/** Of training and generation. */
const SPEED_STEPS = 5;
const STARTUP_STEPS = 10;

const SPEED_OPTIONS = {
  precision: {
    choices: ['auto', 'fp32', 'bf16'] as const,
    default: 'auto' as const,
    describe: 'Of matrix products; auto: what is faster on this machine',
  },
  steps: {
    type: 'number',
    requiresArg: true,
    default: SPEED_STEPS,
    describe: 'Runs that count, after one that compiles',
  },
  seed: { type: 'number', requiresArg: true, default: 1, describe: 'Seed of weights and tokens' },
  device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
  threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
} as const;

export const trainCommand = defineCommand({
  usage: 'train',
  summary: 'Speed and memory of DPO steps of a 33.7M-parameter policy',
  positionals: {},
  options: {
    ...SPEED_OPTIONS,
    mode: {
      choices: ['graph', 'xla', 'eager'] as const,
      describe: 'How a training step is compiled',
      defaultDescription: 'what is faster',
    },
    recompute: {
      type: 'boolean',
      default: false,
      describe: 'Train with activations computed again in the backward pass',
    },
  },
  examples: [
    ['$0 bench train', 'Tokens per second and memory of training'],
    ['$0 bench train --recompute', 'The same with less memory'],
  ],
  run: async (args, session) => {
    const options = speedOptions(args, session);
    const { benchTrain } = await import('../../../../bench/index.ts');
    const result = await benchTrain({ ...options, mode: args.mode, recompute: args.recompute });
    return report(result, formatSpeed, args.json, session);
  },
});

export const generateCommand = defineCommand({
  usage: 'generate',
  summary: 'Speed of generation by a 33.7M-parameter policy',
  positionals: {},
  options: SPEED_OPTIONS,
  examples: [['$0 bench generate --threads 2 --json', 'Generation with two threads, for a program']],
  run: async (args, session) => {
    const options = speedOptions(args, session);
    const { benchGenerate } = await import('../../../../bench/index.ts');
    return report(await benchGenerate(options), formatSpeed, args.json, session);
  },
});

export const startupCommand = defineCommand({
  usage: 'startup',
  summary: 'How long the program takes to start',
  positionals: {},
  options: { steps: { ...SPEED_OPTIONS.steps, default: STARTUP_STEPS, describe: 'Starts that count' } },
  examples: [['$0 bench startup --steps 3', 'The median of three starts']],
  run: async (args, session) => {
    const repeats = positiveNumber('--steps', args.steps);
    const { benchStartup } = await import('../../../../bench/index.ts');
    return report(benchStartup({ repeats }), formatStartup, args.json, session);
  },
});

interface SpeedArguments {
  precision: 'auto' | 'fp32' | 'bf16';
  steps: number;
  seed: number;
  device: string;
  threads?: number | undefined;
}

function speedOptions(args: SpeedArguments, session: Session): BenchOptions {
  if (!Number.isSafeInteger(args.seed)) {
    throw new UserError('cli.usage', `--seed: expected a whole number, got ${args.seed}.`);
  }
  return {
    steps: positiveNumber('--steps', args.steps),
    seed: args.seed,
    precision: args.precision,
    device: parseDevice(args.device),
    threads: parseThreads(args.threads),
    onProgress: session.status.update,
  };
}

function positiveNumber(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UserError('cli.usage', `${option}: expected a whole number above 0, got ${value}.`);
}

function report<R>(result: R, format: (result: R) => string, json: boolean, session: Session): number {
  session.status.clear();
  if (json) session.printJson(result);
  else session.print(format(result));
  return 0;
}

function milliseconds(seconds: number): string {
  return (seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0);
}

function formatSpeed(result: BenchResult): string {
  const { tokensPerSecond, stepSecondsMedian, stepSecondsRange, compileSeconds, peakRssMB } = result;
  const [fastest, slowest] = stepSecondsRange.map(milliseconds);
  return [
    `${result.benchmark}: ${tokensPerSecond.toFixed(0)} tokens/s in ${result.precision}`,
    `  step ${milliseconds(stepSecondsMedian)} ms (${fastest} to ${slowest}), compilation ${compileSeconds.toFixed(1)} s, ` +
      `peak memory ${(peakRssMB / 1000).toFixed(2)} GB`,
    `  ${result.backend} ${result.tensorflow} on ${result.device}, ${result.threads} threads, seed ${result.seed}`,
    formatEnvironment(result),
  ].join('\n');
}

function formatStartup({ times, ...machine }: StartupBenchResult): string {
  const rows = times.map(({ what, from, secondsMedian, secondsRange: [fastest, slowest] }) => {
    const seconds = `${secondsMedian.toFixed(2)} s (${fastest.toFixed(2)} to ${slowest.toFixed(2)})`;
    return `  ${what}, from ${from}: ${seconds}`;
  });
  return ['startup', ...rows, formatEnvironment(machine)].join('\n');
}

function formatEnvironment({ processor, cores, instructions, loadAverage, node, commit }: Environment): string {
  const features = instructions.length > 0 ? ` (${instructions.join(' ')})` : '';
  return (
    `  ${processor}, ${cores} cores${features}, load ${loadAverage.toFixed(1)} before, Node ${node}` +
    (commit === null ? '' : `, commit ${commit}`)
  );
}
