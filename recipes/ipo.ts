import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  pairOptions,
  planPolicyLoop,
  policyOptions,
  preparePairs,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
  type ReadExamples,
} from 'nashtune/loop';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  data: z.object(pairOptions()),
  sampling: samplingOptions({ samples: 1, least: 1 }).describe('of the answers that the policy is measured by'),
  loss: z
    .object({
      name: z
        .enum(['ipo_sum', 'ipo_avg'])
        .default('ipo_sum')
        .describe('log-probabilities of answers as sums, as the paper’s equation, or as means over tokens, as TRL'),
      tau: z
        .number()
        .positive()
        .default(0.1)
        .describe('strength of the pull to the base: the gap is led to 1/(2 tau), nats, or nats a token under ipo_avg'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 1e-6, schedule: 'constant' }),
});

/**
 * Identity Preference Optimization, offline: as DPO on pairs of a dataset, but the gap between the log-ratios of chosen and rejected
 * answer is led to 1/(2 tau) and no farther, so that certain preferences do not drive the policy away from the base.
 *
 * Azar et al. 2023, arXiv:2310.12036, equation 17. Its equation has sums; its authors told TRL that their runs had means over tokens
 * (huggingface/trl#1265), which is another algorithm under the same tau. Optimizer and rate are DPO's customary ones: the
 * paper trains no language model.
 */
export default defineRecipe({
  name: 'ipo',
  summary: 'IPO on preference pairs of a dataset: lead the gap to a fixed size',
  examples: [
    'nashtune run ipo --set policy=./my-model --set data.pairs=pairs.jsonl',
    'nashtune run ipo --set loss.name=ipo_avg --set loss.tau=0.5 --set policy=./my-model --set data.pairs=pairs.jsonl',
  ],
  schema,
  presets: {},
  plan: (config, context) => planPolicyLoop(config, context, readExamples(config)),
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'IPO',
        loss: config.loss.name,
        lossOptions: { beta: config.loss.tau },
        examples: readExamples(config),
      },
      async ({ rounds, examples }) => {
        for await (const round of rounds()) await round.trainOn(examples);
      },
    ),
});

/** Reads the examples that the options name. */
function readExamples(config: z.output<typeof schema>): ReadExamples {
  return (reading) => preparePairs({ ...config.data, ...reading });
}
