import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  planPolicyLoop,
  policyOptions,
  promptOptions,
  roundOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 3, reference: 'previous' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 5 }),
  labels: z
    .enum(['pairwise', 'sppo-official'])
    .default('pairwise')
    .describe('win rates from the probability of each pair, or by scores of the answers as the published code does'),
  loss: z
    .object({
      eta: z
        .number()
        .positive()
        .default(1000)
        .describe('step of the multiplicative update; beta in the official code is 1 / eta'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7 }),
});

/**
 * The scripts of https://github.com/uclaml/SPPO, the same for all three models. They sample more narrowly than the paper
 * says (temperature 1, top-p 1).
 */
const official = {
  labels: 'sppo-official',
  rounds: 3,
  sampling: { samples: 5, maxNewTokens: 2048, temperature: 0.7, topP: 0.9 },
  loss: { eta: 1000 },
  train: { optimizer: 'rmsprop', learningRate: 5e-7, schedule: 'linear', warmupRatio: 0.1, epochs: 1, batchSize: 64 },
  data: { promptsPerRound: 20000, order: 'fresh' },
} as const;

/**
 * Self-Play Preference Optimization: in each round the policy answers prompts K times, a judge compares the answers with
 * one another, and the policy is trained towards eta * (win rate - 1/2) on the best and the worst of them, with itself at
 * the start of the round as the reference.
 *
 * Wu et al. 2024, arXiv:2405.00675; defaults from its section 5 and official scripts, with AdamW in place of RMSprop unless asked for.
 */
export default defineRecipe({
  name: 'sppo',
  summary: 'SPPO on your prompts and model: sample, judge, pair, train, round after round',
  examples: [
    'nashtune run sppo --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run sppo --set data.prompts=pairs.jsonl.gz --set data.limit=64 --set rounds=2 --out ./sppo-run',
    'nashtune run sppo --preset mistral-7b --set policy=hub:mistralai/Mistral-7B-Instruct-v0.2 --set data.prompts=prompts.jsonl',
  ],
  schema,
  plan: planPolicyLoop,
  presets: { 'mistral-7b': official, 'llama-3-8b': official, 'gemma-2-9b': official },
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      { title: 'SPPO', loss: LOSSES.sppo, lossOptions: { beta: 1 / config.loss.eta } },
      async ({ rounds }) => {
        for await (const round of rounds()) {
          const samples = await round.sample();
          const judgments = await round.judge(samples);
          const pairs = await round.pair(samples, judgments, { mode: config.labels });
          await round.train(pairs, samples);
        }
      },
    ),
});
