import { defineRecipe } from 'nashtune';
import { createAlpacaEvalJudge, createPairPreferenceJudge, createPolicyChat } from 'nashtune/judges';
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
  ...roundOptions({ rounds: 3, reference: 'base' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 4 }),
  question: z
    .enum(['alpaca-eval', 'pair-preference'])
    .default('alpaca-eval')
    .describe(
      "how the policy is asked which answer is better: AlpacaEval's prompt, or the short one of RLHFlow's A-or-B models",
    ),
  loss: z
    .object({
      beta: z.number().positive().default(0.1).describe('strength of the pull to the reference'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7, schedule: 'cosine' }),
});

/**
 * Online Self-Preferring: in each round the policy answers prompts K times and judges its own answers; the probability that it gives
 * to the better one, in both orders, is the strength of the preference. The answers are ranked, every one is paired with every
 * worse one, and the policy is trained by the cross-entropy of those strengths: a strength of 1 is DPO, of 1/2 it holds the two
 * answers together. The configured judge only measures.
 *
 * Zhai et al. 2024, arXiv:2405.14103. No code was published and its text was not at hand: that the loss is the soft cross-entropy, the
 * strength a probability of both orders and the pairs all of the ranking is our reading of its abstract. Rate, K and rounds are
 * those customary for iterative DPO.
 */
export default defineRecipe({
  name: 'osp',
  summary: 'OSP: the policy judges its own answers, and learns how strong each preference is',
  examples: [
    'nashtune run osp --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run osp --set question=pair-preference --set sampling.maxNewTokens=32 --set data.prompts=prompts.jsonl',
  ],
  schema,
  plan: planPolicyLoop,
  presets: {},
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      { title: 'OSP', loss: LOSSES.soft_ce, lossOptions: config.loss },
      async ({ rounds, policy, tokenizer }) => {
        for await (const round of rounds()) {
          const samples = await round.sample();
          const id = `itself:${samples[0]!.policy_hash}`;
          const chat = createPolicyChat({ policy, tokenizer, id, seed: config.seed });
          const self =
            config.question === 'alpaca-eval'
              ? createAlpacaEvalJudge(chat, { rungs: ['logprobs'], topLogProbs: policy.config.vocabSize })
              : createPairPreferenceJudge(policy, tokenizer, id);
          const judgments = await round.judge(samples, { by: self });
          for (const made of [self, chat]) made.dispose();
          const pairs = await round.pair(samples, judgments, { rule: 'ranked' });
          await round.train(pairs, samples);
        }
      },
    ),
});
