import type { BenchOptions, BenchResult, Environment, StartupBenchResult } from '../../../bench/index.ts';
import { UserError } from '../../base/userError.ts';
import { defineCommand, type Session } from '../command.ts';
import { parseDevice, parseThreads } from '../engineOptions.ts';

const DEFAULT_STEPS = { train: 5, generate: 5, startup: 10 };

export const benchCommand = defineCommand({
  usage: 'bench <what>',
  summary: 'Measure the speed of this machine on fixed terms',
  positionals: {
    what: {
      choices: ['train', 'generate', 'startup'] as const,
      demandOption: true,
      describe: 'DPO steps or generation of a 33.7M-parameter policy, or the start of the program',
    },
  },
  options: {
    precision: {
      choices: ['auto', 'fp32', 'bf16'] as const,
      default: 'auto' as const,
      describe: 'Of matrix products; auto: what is faster on this machine',
    },
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
    steps: {
      type: 'number',
      requiresArg: true,
      describe: 'Runs that count, after one that compiles',
      defaultDescription: '5; startup 10',
    },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Seed of weights and tokens' },
    device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
    threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
  },
  examples: [
    ['$0 bench train', 'Tokens per second and memory of training'],
    ['$0 bench train --recompute', 'The same with less memory'],
    ['$0 bench generate --threads 2 --json', 'Generation with two threads, for a program'],
  ],
  run: async (args, session) => {
    const steps = checkNumbers(args.what, args);
    if (args.mode !== undefined && args.what !== 'train') {
      throw new UserError('cli.usage', `--mode: only "bench train" has modes. Leave it out with "bench ${args.what}".`);
    }
    if (args.recompute && args.what !== 'train') {
      throw new UserError('cli.usage', `--recompute: only "bench train" has a backward pass. Leave it out.`);
    }
    const options: BenchOptions = {
      steps,
      seed: args.seed,
      precision: args.precision,
      device: parseDevice(args.device),
      threads: parseThreads(args.threads),
      onProgress: session.status.update,
    };
    const { benchGenerate, benchStartup, benchTrain } = await import('../../../bench/index.ts');
    if (args.what === 'startup') return report(benchStartup({ repeats: steps }), formatStartup, args.json, session);
    const result =
      args.what === 'train'
        ? await benchTrain({ ...options, mode: args.mode, recompute: args.recompute })
        : await benchGenerate(options);
    return report(result, formatSpeed, args.json, session);
  },
});

/** The number of steps, given or default. */
function checkNumbers(what: keyof typeof DEFAULT_STEPS, args: { steps?: number | undefined; seed: number }): number {
  if (!Number.isSafeInteger(args.seed)) {
    throw new UserError('cli.usage', `--seed: expected a whole number, got ${args.seed}.`);
  }
  const steps = args.steps ?? DEFAULT_STEPS[what];
  if (Number.isSafeInteger(steps) && steps > 0) return steps;
  throw new UserError('cli.usage', `--steps: expected a whole number above 0, got ${steps}.`);
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
