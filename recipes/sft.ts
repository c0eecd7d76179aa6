import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  planPolicyLoop,
  policyOptions,
  prepareResponses,
  responseOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
  type ReadExamples,
} from 'nashtune/loop';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  data: z.object(responseOptions()),
  sampling: samplingOptions({ samples: 1, least: 1 }).describe('of the answers that the policy is measured by'),
  loss: z
    .enum(['sft', 'sft_seq'])
    .default('sft')
    .describe('sft: every token of a batch weighs the same; sft_seq: every answer does'),
  train: trainingOptions({ learningRate: 2e-5, schedule: 'cosine' }),
});

/**
 * Supervised fine-tuning: trains the policy to give the answers of a dataset, by their negative log-likelihood. Only tokens of
 * the answer count, its end token among them. The step before all recipes that learn from preferences.
 *
 * Rate and schedule are those of alignment-handbook's Zephyr (batches of 128 there).
 */
export default defineRecipe({
  name: 'sft',
  summary: 'Supervised fine-tuning on answers of a dataset',
  examples: [
    'nashtune run sft --set policy=./my-model --set data.responses=answers.jsonl',
    'nashtune run sft --preset mistral-7b --set policy=hub:mistralai/Mistral-7B-v0.1 --set data.responses=hub:HuggingFaceH4/ultrachat_200k:train_sft',
  ],
  schema,
  presets: {
    // recipes/zephyr-7b-beta/sft/config_full.yaml of https://github.com/huggingface/alignment-handbook.
    'mistral-7b': {
      data: { maxLength: 2048, longExamples: 'keep-start' },
      train: {
        optimizer: 'adamw',
        learningRate: 2e-5,
        schedule: 'cosine',
        warmupRatio: 0.1,
        epochs: 1,
        batchSize: 128,
      },
    },
  },
  plan: (config, context) => planPolicyLoop(config, context, readExamples(config)),
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'SFT',
        loss: config.loss,
        lossOptions: {},
        examples: readExamples(config),
      },
      async ({ rounds, examples }) => {
        for await (const round of rounds()) await round.trainOn(examples);
      },
    ),
});

/** Reads the examples that the options name. */
function readExamples(config: z.output<typeof schema>): ReadExamples {
  return (reading) => prepareResponses({ ...config.data, ...reading });
}
