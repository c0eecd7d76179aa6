import { defineRecipe } from 'nashtune';
import { createAdditiveJudge, createPolicyChat } from 'nashtune/judges';
import {
  count,
  judgeDrift,
  judgeOptions,
  judgmentsOfScores,
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
  ...roundOptions({ rounds: 2, reference: 'previous' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 4, temperature: 0.7, topP: 0.9 }),
  selfJudge: z
    .object({
      samples: count.default(3).describe('judgments of each answer, whose mean is its score'),
      temperature: z.number().min(0).default(0.7).describe('of the judgments'),
      maxTokens: count.default(256).describe('longest judgment, in tokens'),
      reading: z
        .enum(['words', 'probabilities'])
        .default('words')
        .describe('words: a justification that ends with "Score: 4"; probabilities: for models too small to argue'),
      template: z
        .string()
        .optional()
        .describe("text with {prompt} and {answer} in place of the paper's rubric of five points"),
      drift: z
        .int()
        .min(0)
        .default(64)
        .describe(
          'prompts of each round whose answers the base judges too, to tell how far the judge has drifted; 0: none',
        ),
    })
    .prefault({}),
  loss: z
    .object({ beta: z.number().positive().default(0.1).describe('strength of the pull towards the reference') })
    .prefault({}),
  train: trainingOptions({ learningRate: 1e-6, batchSize: 16 }),
});

/**
 * Self-Rewarding Language Models: the policy answers each prompt K times, scores its own answers by an additive rubric of
 * five points, three times each, and is trained by DPO on the best against the worst; prompts whose best and worst are
 * equally good are left out. The judge of the options only measures the rounds.
 *
 * The same weights judge and answer, so the judge moves with the policy: `judgeAgreement` of each round is the share of
 * comparisons that the base decides alike, `judgeFlips` the share that it decides the other way.
 *
 * Yuan et al. 2024, arXiv:2401.10020; defaults from its sections 2 and 3. There the model is fine-tuned first on
 * instructions and on judgments, and a fixed larger model writes new prompts; here the policy is taken as it comes, and
 * prompts come from the file. Which reference rounds 2 and 3 had is not said; ours is the policy at the start of the round.
 */
export default defineRecipe({
  name: 'self-rewarding',
  summary: 'Self-Rewarding: the policy scores its own answers, DPO on the best and the worst',
  examples: ['nashtune run self-rewarding --set policy=./my-model --set data.prompts=prompts.jsonl'],
  schema,
  presets: {},
  run: async (config, context) => {
    const { drift, template, ...settings } = config.selfJudge;
    const judging = { ...settings, ...(template === undefined ? {} : { template }) };
    const method = { title: 'Self-Rewarding', loss: LOSSES.dpo, lossOptions: config.loss };
    await withPolicyLoop(config, context, method, async ({ rounds, policy, base, tokenizer }) => {
      const chat = createPolicyChat({ policy, tokenizer, id: 'policy', seed: config.seed });
      const baseChat = createPolicyChat({ policy: base, tokenizer, id: 'base', seed: config.seed });
      const judge = createAdditiveJudge(chat, judging);
      const baseJudge = createAdditiveJudge(baseChat, judging);
      for await (const round of rounds()) {
        const samples = await round.sample();
        const judgments = judgmentsOfScores(await round.score(samples, judge));
        const pairs = await round.pair(samples, judgments, { dropTies: true });
        if (drift > 0) {
          const looked = new Set(round.prompts.slice(0, drift).map(({ prompt }) => prompt.id));
          const shown = samples.filter((sample) => looked.has(sample.prompt_id));
          const frozen = judgmentsOfScores(await round.score(shown, baseJudge, 'base-scores'));
          const { compared, agreement, flips } = judgeDrift(judgments, frozen);
          if (compared > 0) round.count({ judgeAgreement: agreement, judgeFlips: flips });
        }
        await round.train(pairs, samples);
      }
      for (const made of [chat, baseChat]) made.dispose();
    });
  },
});
