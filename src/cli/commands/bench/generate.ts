import type { GenerateBenchResult } from '../../../../bench/index.ts';
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
  prompts: { type: 'string', requiresArg: true, describe: 'Prompts to continue; needs --model' },
  'batch-size': { ...SPEED_OPTIONS['batch-size'], default: 32, describe: 'Responses decoded together' },
  'max-new-tokens': {
    type: 'number',
    requiresArg: true,
    default: 192,
    describe: 'Tokens of each response; none ends earlier',
  },
  steps: {
    ...SPEED_OPTIONS.steps,
    default: 5,
    describe: 'Runs of the whole batch that count, after one that compiles',
  },
  peer: { choices: ['hf'] as const, describe: 'Run the same job by transformers as well, by turns' },
} as const;

export const generateCommand = defineCommand({
  usage: 'generate',
  summary: 'Speed of generation, also beside transformers',
  positionals: {},
  options: OPTIONS,
  examples: [
    ['$0 bench generate --threads 2 --json', 'Generation with two threads, for a program'],
    ['$0 bench generate --model ./my-model --prompts prompts.jsonl --batch-size 32', 'Your model and data'],
    ['$0 bench generate --model ./my-model --prompts p.jsonl --precision bf16 --peer hf', 'Beside transformers'],
  ],
  run: async (args, session) => {
    const options = benchOptions(args, session);
    const { model, prompts, steps } = args;
    const [batchSize, maxNewTokens] = [args['batch-size'], args['max-new-tokens']];
    checkCounts({
      '--steps': steps,
      '--batch-size': batchSize,
      '--max-new-tokens': maxNewTokens,
      '--rounds': args.rounds,
    });
    if ((model === undefined) !== (prompts === undefined)) {
      throw new UserError('cli.usage', 'Expected --model and --prompts together, or neither.');
    }
    const bench = await import('../../../../bench/index.ts');
    session.status.update('Reading prompts ...');
    const job =
      model !== undefined && prompts !== undefined
        ? await bench.readGenerateJob({ model, prompts, batchSize, maxNewTokens, ...reading(args, session) })
        : bench.randomGenerateJob({ ...bench.GENERATE_TERMS, rows: batchSize, newTokens: maxNewTokens }, args);
    noteDropped(`prompts that leave no room for ${maxNewTokens} new tokens`, job.dropped, session);
    if (args.peer !== undefined) {
      const sides = {
        ours: ownProcess('generate', OPTIONS, args),
        ...({ peer: args.peer, script: 'generate.py', what: bench.hfJob(job, { ...options, steps }) } as const),
      };
      const comparison = await bench.compareWithPeer(sides, job, { ...options, rounds: args.rounds });
      reportComparison(comparison, args.json, session);
      return 0;
    }
    const result = await asUser(() => bench.benchGenerate(job, { ...options, steps }));
    session.status.clear();
    if (args.json) session.printJson(result);
    else session.print(format(result));
    return 0;
  },
});

function format(result: GenerateBenchResult): string {
  const { model, batchSize, promptTokens, newTokens, steps } = result;
  return formatSpeed(result, [
    ['model', model],
    ['job', `${steps} runs of ${batchSize} rows, ${promptTokens} prompt tokens in all and ${newTokens} new ones each`],
  ]);
}
