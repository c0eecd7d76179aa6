import { defineRecipe } from 'nashtune';
import {
  decidedPairs,
  judgeOptions,
  onlineRoundOptions,
  policyOptions,
  preferenceOptions,
  promptOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { createSampler } from 'nashtune/sampling';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...onlineRoundOptions({ rounds: 1 }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 1, least: 1, most: 1, temperature: 0.9 }),
  preference: z.object(preferenceOptions).prefault({}),
  loss: z
    .object({
      beta: z.number().positive().default(0.1).describe('strength of the pull towards the reference'),
      alpha: z.number().min(0).default(1e-5).describe("weight of the drive away from the base's answers; 0 is DPO"),
      lossType: z.enum(['sigmoid', 'ipo']).default('sigmoid').describe('loss of the pair; sigmoid is DPO'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7 }),
});

/**
 * XPO, exploratory preference optimization: at each step the policy as it is now and the base answer each prompt once, the
 * judge says whose answer is better, and one update follows: DPO on the two, plus a bonus for making the base's answer less
 * likely, won or lost, which drives the policy to try what the base would not say.
 *
 * Xie et al. 2024, arXiv:2405.21046, Algorithm 1; defaults of TRL's `XPOConfig`, but for ties, which it trains on as wins
 * of the policy, and for the length of answers.
 */
export default defineRecipe({
  name: 'xpo',
  summary: 'XPO: online DPO of the policy against the base, with a bonus for exploring',
  examples: ['nashtune run xpo --set policy=./my-model --set data.prompts=prompts.jsonl --set loss.alpha=5e-6'],
  schema,
  presets: {},
  run: (config, context) => {
    const method = { title: 'XPO', loss: LOSSES.xpo, lossOptions: config.loss, online: true };
    return withPolicyLoop(config, context, method, async ({ rounds, base, baseHash }) => {
      const baseSampler = createSampler(base);
      for await (const round of rounds()) {
        await round.online(async (step) => {
          const own = await step.sample();
          const other = await step.sample({ sampler: baseSampler, policyHash: baseHash });
          const judgments = await step.judge([...own, ...other]);
          const { pairs, counts } = decidedPairs([...own, ...other], judgments, config.preference);
          const wins = pairs.map(({ winner }) => Number(winner.k === 0));
          return {
            // The first answer is the policy's and the second the base's, whichever won.
            pairs: pairs.map(({ winner, loser }, i) => ({
              id: winner.id,
              promptIds: winner.prompt_token_ids,
              chosenIds: (wins[i] ? winner : loser).token_ids,
              rejectedIds: (wins[i] ? loser : winner).token_ids,
            })),
            labels: { policySampleWins: wins },
            counts: { ...counts, policyWins: wins.reduce((sum, won) => sum + won, 0) },
          };
        });
      }
      baseSampler.dispose();
    });
  },
});
