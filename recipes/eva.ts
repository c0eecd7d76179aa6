import { defineRecipe, UserError } from 'nashtune';
import { promptFormat, type TokenizedPrompt } from 'nashtune/datasets';
import { createApiClient, createPolicyChat, type ScoringJudge } from 'nashtune/judges';
import {
  count,
  evolveStage,
  EVOLVE_OPERATORS,
  judgeOptions,
  judgmentsOfScores,
  policyOptions,
  promptOptions,
  roundOptions,
  samplingOptions,
  scoreGaps,
  trainingOptions,
  winRateGaps,
  withPolicyLoop,
  type EvolveOperator,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { z } from 'zod';

/** Losses of the solver, with the options that its paper names. */
const SOLVERS = {
  dpo: { beta: 0.1 },
  ipo_sum: { beta: 0.1 },
  sppo: { beta: 0.001 },
  simpo: { beta: 10, gammaBetaRatio: 0.5 },
  orpo: { beta: 0.1 },
} as const;
const OPERATORS = Object.keys(EVOLVE_OPERATORS) as [EvolveOperator, ...EvolveOperator[]];

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 2, reference: 'previous' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 6, temperature: 0.7, topP: 0.9 }),
  informativeness: z
    .enum(['win-rates', 'rewards'])
    .default('win-rates')
    .describe('what best and worst answer to a prompt differ in; rewards needs a judge that scores single answers'),
  evolve: z
    .object({
      replay: z.number().min(0).max(1).default(0.2).describe("share of a round's prompts that are given ones"),
      operators: z.array(z.enum(OPERATORS)).min(1).default(OPERATORS).describe('ways to make a new prompt of another'),
      model: z.string().optional().describe('model behind an OpenAI-compatible API that writes; default: the policy'),
      baseURL: z.string().optional().describe('where that API is, /v1 included; default: OPENAI_BASE_URL'),
      maxTokens: count.default(64).describe('longest new prompt, in tokens'),
      temperature: z.number().min(0).default(0.7).describe('of the writing'),
      attempts: count.default(3).describe('how often a prompt is asked for until one is valid'),
    })
    .prefault({}),
  loss: z
    .enum(Object.keys(SOLVERS) as [keyof typeof SOLVERS, ...(keyof typeof SOLVERS)[]])
    .default('dpo')
    .describe('what the solver is trained by'),
  lossOptions: z
    .record(z.string(), z.number())
    .default({})
    .describe('options of the loss by name, such as {"beta": 0.05}; default: those of its paper'),
  train: trainingOptions({ learningRate: 5e-7 }),
});

/**
 * eva, evolving alignment by asymmetric self-play: the solver answers prompts and is trained on the best and worst answers; the
 * creator then draws the prompts whose best and worst answers differed most, rewrites them, and the solver's next round is
 * on these, mixed with given ones. The first round is on the given prompts alone.
 *
 * Ye et al. 2024, arXiv:2411.00062, Algorithm 1. No code was published: the words of the operators, the share of replayed
 * prompts and the draw without replacement are ours. There a reward model judges and Evol-Instruct rewrites; here as the
 * options say, by default the judge's win rates and the policy itself.
 */
export default defineRecipe({
  name: 'eva',
  summary: 'eva: prompts evolve where answers differ most, any pair loss trains on them',
  examples: [
    'nashtune run eva --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run eva --set loss=sppo --set data.prompts=prompts.jsonl --set evolve.model=gpt-4o-mini',
  ],
  schema,
  presets: {},
  run: async (config, context) => {
    const { replay, model, baseURL, ...evolving } = config.evolve;
    const written = model === undefined ? undefined : createApiClient({ model, ...(baseURL ? { baseURL } : {}) });
    const given = config.data.prompts;
    const format = config.data.format === 'auto' ? await promptFormat(given, config.data.adapter) : config.data.format;
    const lossOptions = { ...SOLVERS[config.loss], ...config.lossOptions };
    const method = { title: 'eva', loss: LOSSES[config.loss], lossOptions };
    await withPolicyLoop(config, context, method, async ({ rounds, loop, policy, tokenizer, judge }) => {
      const chat = createPolicyChat({ policy, tokenizer, id: 'policy', seed: config.seed });
      const { maxNewTokens } = config.sampling;
      const writing = { ...evolving, tokenizer, contextLength: policy.config.contextLength, maxNewTokens, format };
      let parents: readonly TokenizedPrompt[] = [];
      let informativeness = new Map<string, number>();
      for await (const start of rounds()) {
        const round =
          start.number === 1
            ? start
            : start.withPrompts(
                await evolveStage(loop, start.number, {
                  ...writing,
                  parents,
                  informativeness,
                  replay: start.prompts,
                  replayShare: replay,
                  size: start.prompts.length,
                  creator: written ?? chat,
                }),
              );
        const samples = await round.sample();
        const scores = config.informativeness === 'rewards' ? await round.score(samples, scoring(judge)) : undefined;
        const judgments = scores ? judgmentsOfScores(scores) : await round.judge(samples);
        informativeness = new Map(scores ? scoreGaps(scores) : winRateGaps(samples, judgments));
        parents = round.prompts;
        const pairs = await round.pair(samples, judgments, { dropTies: true });
        await round.train(pairs, samples);
      }
      chat.dispose();
    });
  },
});

function scoring(judge: object): ScoringJudge {
  if ('score' in judge) return judge as ScoringJudge;
  throw new UserError(
    'eva.informativeness',
    'informativeness=rewards needs a judge that scores single answers, such as a reward model; this one compares two. Name ' +
      'another with judge, or set informativeness=win-rates.',
  );
}
