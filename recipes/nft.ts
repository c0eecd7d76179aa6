import { defineRecipe } from 'nashtune';
import { isVerifier } from 'nashtune/judges';
import {
  differingGroups,
  judgeOptions,
  policyOptions,
  promptOptions,
  roundOptions,
  sampleExamples,
  samplingOptions,
  scoreRewards,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 16 }),
  data: z.object({
    ...promptOptions(),
    promptsPerRound: z.int().positive().default(512).describe('prompts of each round'),
  }),
  sampling: samplingOptions({ samples: 16 }),
  loss: z
    .object({
      omega: z
        .enum(['1', '1-r_q', '(1-r_q)/r_q', 'sqrt((1-r_q)/r_q)'])
        .default('1-r_q')
        .describe(
          'weight of a prompt from its share r_q of right answers; sqrt((1-r_q)/r_q) gives the advantages of GRPO',
        ),
      epsilon: z
        .number()
        .positive()
        .max(1)
        .default(1)
        .describe('least ratio of the negative policy; less pushes harder against wrong answers'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 1e-6, schedule: 'constant', warmupRatio: 0, batchSize: 512 }),
});

/**
 * Negative-aware Fine-Tuning: the policy answers each prompt K times, a check tells right from wrong, and supervised
 * learning raises the right answers directly and the wrong ones through the policy that is left when the right ones are
 * taken out. Prompts whose answers are all right or all wrong teach nothing: they are left out and counted.
 *
 * Chen et al. 2025, arXiv:2505.18116; defaults from the paper and NVlabs/NFT: 16 answers to 512 prompts, 16 updates a
 * round, no KL term. The paper sums over tokens and divides by those of the batch; here each answer's sum counts the same.
 */
export default defineRecipe({
  name: 'nft',
  summary: 'NFT: learn from right and wrong answers that a check tells apart, as supervised learning',
  examples: [
    'nashtune run nft --set policy=./my-model --set data.prompts=gsm8k.jsonl --set judge=verifier:numeric',
    'nashtune run nft --set data.prompts=prompts.jsonl --set judge=./check.ts --set sampling.samples=8',
  ],
  schema,
  presets: {},
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      { title: 'NFT', loss: LOSSES.nft, lossOptions: config.loss, needsVerifier: true },
      async ({ rounds, judge }) => {
        const passMark = isVerifier(judge) ? judge.passMark : 1;
        for await (const round of rounds()) {
          const samples = await round.sample();
          const scores = scoreRewards(samples, await round.score(samples));
          const correct = new Map([...scores].map(([id, score]) => [id, Number(score >= passMark)]));
          const { groups, ...left } = differingGroups(samples, correct);
          round.count({ prompts: groups.length, ...left });
          await round.trainOn({
            pairs: sampleExamples(groups.flatMap((group) => group.samples)),
            labels: {
              correct: groups.flatMap(({ rewards }) => rewards),
              promptAccuracy: groups.flatMap(({ rewards }) => rewards.map(() => mean(rewards))),
            },
          });
        }
      },
    ),
});

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
