import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  onlineRoundOptions,
  penalizeUnfinished,
  policyOptions,
  promptOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { createMixtureSampler } from 'nashtune/sampling';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...onlineRoundOptions({ rounds: 1 }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 1, least: 1, most: 1 }),
  mixture: z
    .number()
    .min(0)
    .max(1)
    .default(0.25)
    .describe('share of the base in the opponent; the paper finds 0.125 to 0.375 best, TRL takes 0.5'),
  missingEosPenalty: z
    .number()
    .min(0)
    .default(0)
    .describe('what an answer that was cut loses, in nats of the odds of winning'),
  loss: z
    .object({
      name: z
        .enum(['nash_md_paper', 'nash_md_trl'])
        .default('nash_md_paper')
        .describe('trl: each token pays for its own divergence only'),
      beta: z.number().positive().default(0.008).describe('weight of the divergence from the base, tau of the paper'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7 }),
});

/** Defaults of TRL's `NashMDConfig` and `OnlineDPOConfig`. */
const trl = {
  sampling: { temperature: 0.9, maxNewTokens: 64 },
  mixture: 0.5,
  loss: { name: 'nash_md_trl', beta: 0.1 },
  train: { learningRate: 5e-7 },
} as const;

/**
 * Nash-MD: at each step the policy answers each prompt once, its opponent, the geometric mixture of the policy and the
 * base, answers too, and one policy-gradient step follows: towards answers that beat the opponent's by more than half, less
 * what they diverge from the base. The opponent lies between self-play and playing against the base, which makes the last
 * policy, not only the average of all, approach the Nash equilibrium.
 *
 * Munos et al. 2023, arXiv:2312.00886, section 7 and appendix; tau and mixture as there, the rest as TRL. The paper's judge
 * is a preference model, as here; TRL's now a reward model.
 */
export default defineRecipe({
  name: 'nash-md',
  summary: 'Nash-MD: policy gradient against the geometric mixture of policy and base',
  examples: [
    'nashtune run nash-md --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run nash-md --preset trl --set data.prompts=prompts.jsonl',
  ],
  schema,
  presets: { trl },
  run: (config, context) => {
    const { name, beta } = config.loss;
    const method = { title: 'Nash-MD', loss: LOSSES[name], lossOptions: { beta }, online: true };
    return withPolicyLoop(config, context, method, async ({ rounds, policy, base, baseHash }) => {
      const opponent = createMixtureSampler(policy, base, config.mixture);
      for await (const round of rounds()) {
        await round.online(async (step) => {
          const own = await step.sample();
          const others = await step.sample({ sampler: opponent, policyHash: `${config.mixture} of ${baseHash}` });
          const opponentOf = new Map(others.map((answer) => [answer.prompt_id, answer]));
          const verdicts = new Map(
            (await step.judge([...own, ...others])).map(({ prompt_id, p_i_beats_j: p }) => [prompt_id, p]),
          );
          const judged = own.flatMap((answer) => {
            const p = verdicts.get(answer.prompt_id) ?? null;
            const other = opponentOf.get(answer.prompt_id)!;
            return p === null ? [] : [{ answer, p: penalizeUnfinished(p, answer, other, config.missingEosPenalty) }];
          });
          const winProbability = judged.map(({ p }) => p);
          return {
            pairs: judged.map(({ answer }) => ({
              id: answer.id,
              promptIds: answer.prompt_token_ids,
              completionIds: answer.token_ids,
            })),
            labels: { winProbability },
            counts: { notJudged: own.length - judged.length },
            values: judged.length > 0 ? { winProbability: mean(winProbability) } : {},
          };
        });
      }
      opponent.dispose();
    });
  },
});

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
