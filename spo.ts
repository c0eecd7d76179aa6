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
  winRewards,
  withPolicyLoop,
} from 'nashtune/loop';
import { groupMeanAdvantages, groupStdAdvantages, leaveOneOutAdvantages, LOSSES, withKl } from 'nashtune/losses';
import { z } from 'zod';

/** How the rewards of the answers to a prompt become advantages. */
const ADVANTAGES = {
  groupMean: groupMeanAdvantages,
  leaveOneOut: leaveOneOutAdvantages,
  groupStd: groupStdAdvantages,
} as const;

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 10, reference: 'base' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 8 }),
  advantages: z
    .enum(['groupMean', 'leaveOneOut', 'groupStd'])
    .default('groupMean')
    .describe('reward less the mean of the group, less that of the other answers, or in standard deviations as GRPO'),
  loss: z
    .object({
      clipLow: z.number().positive().lt(1).default(0.2).describe('how far below 1 a ratio still pushes down'),
      clipHigh: z.number().positive().default(0.2).describe('how far above 1 a ratio still pushes up; DAPO takes 0.28'),
      kl: z
        .number()
        .min(0)
        .default(0)
        .describe('weight of the KL to the reference, nats an answer; estimated as (log-ratio)^2 / 2 at each token'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 1e-6, schedule: 'constant', warmupRatio: 0, batchSize: 64 }),
});

/**
 * Self-Play Preference Optimization by policy gradient: the reward of an answer is its mean win rate over the other answers
 * to the same prompt, so that no reward model is needed and preferences may run in circles; where the judge is a check,
 * the reward is its score. Prompts whose answers are all equally good are left out and counted.
 *
 * Swamy et al. 2024, arXiv:2401.04056, Algorithm 1, with PPO's clipped objective as its policy optimizer. The paper has
 * continuous control and no language model: K, rates and clipping are GRPO's custom, not the paper's.
 */
export default defineRecipe({
  name: 'spo',
  summary: 'SPO: policy gradient on win rates among the answers, or on the scores of a check',
  examples: [
    'nashtune run spo --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run spo --set data.prompts=gsm8k.jsonl --set judge=verifier:numeric --set advantages=groupStd',
    'nashtune run spo --set data.prompts=prompts.jsonl --set judge=./check.ts --set loss.kl=0.01',
  ],
  schema,
  presets: {},
  run: (config, context) => {
    const { kl, ...clipping } = config.loss;
    const gradient = LOSSES.policy_gradient;
    const loss = kl > 0 ? withKl(gradient, { coefficient: kl, estimator: 'k2' }) : gradient;
    return withPolicyLoop(config, context, { title: 'SPO', loss, lossOptions: clipping }, async ({ rounds, judge }) => {
      for await (const round of rounds()) {
        const samples = await round.sample();
        const rewards = isVerifier(judge)
          ? scoreRewards(samples, await round.score(samples))
          : winRewards(samples, await round.judge(samples));
        const { groups, ...left } = differingGroups(samples, rewards);
        round.count({ prompts: groups.length, ...left });
        const advantagesOf = ADVANTAGES[config.advantages];
        await round.trainOn({
          pairs: sampleExamples(groups.flatMap((group) => group.samples)),
          labels: { advantages: groups.flatMap((group) => advantagesOf(group.rewards)) },
        });
      }
    });
  },
});
