import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  lossOptions,
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
  ...lossOptions('dpo'),
  data: z.object(pairOptions()),
  sampling: samplingOptions({ samples: 1, least: 1 }).describe('of the answers that the policy is measured by'),
  train: trainingOptions({ learningRate: 1e-6, optimizer: 'rmsprop', schedule: 'constant' }),
});

/** Of the DPO baselines that SimPO's authors tuned (arXiv:2405.14734), whose rates go from 3e-7 to 7e-7 by model. */
const tuned = {
  loss: 'dpo',
  lossOptions: { beta: 0.01 },
  data: { maxLength: 2048 },
  train: { optimizer: 'adamw', learningRate: 5e-7, schedule: 'cosine', warmupRatio: 0.1, epochs: 1, batchSize: 128 },
} as const;

/**
 * Direct Preference Optimization, offline: trains the policy on pairs of a dataset with the base as the reference, by DPO or any
 * other loss of the registry. A loss of win probabilities or rewards takes them from the pairs' `p_chosen_beats_rejected` and
 * `margin`. Afterwards the policy answers the pairs' prompts, and the judge compares it with the base.
 *
 * Rafailov et al. 2023, arXiv:2305.18290; optimizer and rate are those of its published code, which warms up for 150 steps
 * (here a tenth of them) in batches of 64.
 */
export default defineRecipe({
  name: 'dpo',
  summary: 'DPO, or any other loss, on preference pairs of a dataset',
  examples: [
    'nashtune run dpo --set policy=./my-model --set data.pairs=pairs.jsonl',
    'nashtune run dpo --set loss=simpo --set lossOptions.beta=2 --set lossOptions.gammaBetaRatio=0.5 --set data.pairs=pairs.jsonl',
    'nashtune run dpo --preset mistral-7b --set policy=hub:alignment-handbook/zephyr-7b-sft-full --set data.pairs=hub:HuggingFaceH4/ultrafeedback_binarized:train_prefs',
  ],
  schema,
  presets: { 'mistral-7b': tuned, 'llama-3-8b': tuned, 'gemma-2-9b': tuned },
  plan: (config, context) => planPolicyLoop(config, context, readExamples(config)),
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'DPO',
        loss: config.loss,
        lossOptions: config.lossOptions,
        examples: readExamples(config),
      },
      async ({ rounds, examples }) => {
        for await (const round of rounds()) await round.trainOn(examples);
      },
    ),
});

/** Reads the examples that the options name. */
function readExamples(config: z.output<typeof schema>): ReadExamples {
  return (reading) => preparePairs({ ...config.data, ...reading, loss: config.loss });
}
