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
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...onlineRoundOptions({ rounds: 1 }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 2, temperature: 0.9 }),
  preference: z.object(preferenceOptions).prefault({}),
  loss: z
    .object({
      name: z.enum(['dpo', 'ipo_sum']).default('dpo').describe('ipo_sum: of summed log-probabilities'),
      beta: z.number().positive().default(0.1).describe('strength of the pull towards the reference'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7 }),
});

/**
 * Online DPO (OAIF): at each step the policy as it is now answers a few prompts twice, the judge says which answer is better,
 * and DPO makes one update on that, with the base as the reference. A step takes `train.batchSize` prompts.
 *
 * Guo et al. 2024, arXiv:2402.04792, Algorithm 1; defaults of TRL's `OnlineDPOConfig`, but for ties, which it trains on as
 * wins of the first answer, and for the length of answers. With more than two answers the best and the worst make the pair.
 */
export default defineRecipe({
  name: 'online-dpo',
  summary: 'Online DPO (OAIF): fresh answers, judgments and one update at each step',
  examples: [
    'nashtune run online-dpo --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run online-dpo --set data.prompts=prompts.jsonl --set loss.name=ipo_sum --set preference.missingEosPenalty=1',
  ],
  schema,
  presets: {},
  run: (config, context) => {
    const { name, beta } = config.loss;
    const method = { title: 'Online DPO', loss: LOSSES[name], lossOptions: { beta }, online: true };
    return withPolicyLoop(config, context, method, async ({ rounds }) => {
      for await (const round of rounds()) {
        await round.online(async (step) => {
          const samples = await step.sample();
          const judgments = await step.judge(samples);
          const { pairs, counts } = decidedPairs(samples, judgments, config.preference);
          return {
            pairs: pairs.map(({ winner, loser }) => ({
              id: winner.id,
              promptIds: winner.prompt_token_ids,
              chosenIds: winner.token_ids,
              rejectedIds: loser.token_ids,
            })),
            labels: {},
            counts,
          };
        });
      }
    });
  },
});
