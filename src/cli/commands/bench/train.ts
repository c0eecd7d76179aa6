import type { TrainBenchResult } from '../../../../bench/index.ts';
import { UserError } from '../../../base/userError.ts';
import { defineCommand } from '../../command.ts';
import {
  asUser,
  benchOptions,
  checkCounts,
  formatSpeed,
  noteDropped,
  ownProcess,
  reading,
  reportComparison,
  SPEED_OPTIONS,
} from './speedOptions.ts';

const OPTIONS = {
  ...SPEED_OPTIONS,
  pairs: { type: 'string', requiresArg: true, describe: 'Preference pairs to train on; needs --model' },
  'batch-size': { ...SPEED_OPTIONS['batch-size'], default: 4, describe: 'Pairs of a step' },
  'max-length': {
    type: 'number',
    requiresArg: true,
    default: 256,
    describe: 'Longest prompt and answer, in tokens; longer pairs are left out',
  },
  steps: { ...SPEED_OPTIONS.steps, default: 5, describe: 'Steps that count, after one of each shape that compiles' },
  loss: { type: 'string', requiresArg: true, default: 'dpo', describe: 'Any loss of pairs, by its id' },
  'loss-options': { type: 'string', requiresArg: true, default: '{"beta":0.1}', describe: 'Its options, as JSON' },
  layout: {
    choices: ['padded', 'packed', 'shared-prompt'] as const,
    default: 'padded' as const,
    describe: 'A row for each sequence, rows filled with several, or prompts shared by both answers as well',
  },
  'micro-batch-size': { type: 'number', requiresArg: true, describe: 'Pairs computed at once (padded only)' },
  'lora-rank': { type: 'number', requiresArg: true, describe: 'Train an adapter of this rank, not the weights' },
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
  peer: { choices: ['trl'] as const, describe: 'Run the same job by TRL as well, by turns' },
} as const;

export const trainCommand = defineCommand({
  usage: 'train',
  summary: 'Speed and memory of training steps, also beside TRL',
  positionals: {},
  options: OPTIONS,
  examples: [
    ['$0 bench train', 'Tokens per second and memory of training'],
    ['$0 bench train --model ./my-model --pairs pairs.jsonl --steps 20 --precision bf16', 'Your model and data'],
    ['$0 bench train --model ./my-model --pairs pairs.jsonl --precision fp32 --peer trl', 'The same beside TRL'],
  ],
  run: async (args, session) => {
    const options = benchOptions(args, session);
    const { model, pairs, steps, layout } = args;
    const batchSize = args['batch-size'];
    const microBatchSize = args['micro-batch-size'];
    checkCounts({
      '--steps': steps,
      '--batch-size': batchSize,
      '--max-length': args['max-length'],
      '--micro-batch-size': microBatchSize,
      '--lora-rank': args['lora-rank'],
      '--rounds': args.rounds,
    });
    if ((model === undefined) !== (pairs === undefined)) {
      throw new UserError('cli.usage', 'Expected --model and --pairs together, or neither.');
    }
    if (microBatchSize !== undefined && layout !== 'padded') {
      throw new UserError('cli.usage', `--micro-batch-size goes with padded rows, got --layout ${layout}. Drop one.`);
    }
    const lossOptions = parseLossOptions(args['loss-options']);
    const bench = await import('../../../../bench/index.ts');
    session.status.update('Reading pairs ...');
    const job =
      model !== undefined && pairs !== undefined
        ? await bench.readTrainJob({
            model,
            pairs,
            batchSize,
            steps,
            maxLength: args['max-length'],
            ...reading(args, session),
          })
        : bench.randomTrainJob({ ...bench.TRAIN_TERMS, pairs: batchSize }, { steps, seed: args.seed });
    noteDropped(`pairs of more than ${job.maxLength} tokens`, job.dropped, session);
    const training = {
      ...options,
      loss: args.loss as 'dpo',
      lossOptions,
      layout,
      microBatchSize,
      loraRank: args['lora-rank'],
      mode: args.mode,
      recompute: args.recompute,
    };
    if (args.peer !== undefined) {
      const sides = {
        ours: ownProcess('train', OPTIONS, args),
        ...({ peer: args.peer, script: 'train.py', what: bench.trlJob(job, training) } as const),
      };
      const comparison = await bench.compareWithPeer(sides, job, { ...options, rounds: args.rounds });
      reportComparison(comparison, args.json, session);
      return 0;
    }
    const result = await asUser(() => bench.benchTrain(job, training));
    session.status.clear();
    if (args.json) session.printJson(result);
    else session.print(format(result));
    return 0;
  },
});

function parseLossOptions(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  throw new UserError('cli.usage', `--loss-options: expected a JSON object such as {"beta":0.1}, got ${text}.`);
}

function format(result: TrainBenchResult): string {
  const { model, parameters, loss, steps, batchSize, maxLength, layout, tokens } = result;
  return formatSpeed(result, [
    ['model', `${model}, ${(parameters / 1e6).toFixed(1)}M weights`],
    [
      'job',
      `${loss}, ${steps} steps of ${batchSize} pairs of at most ${maxLength} tokens, ${layout}, ${tokens} tokens`,
    ],
  ]);
}
