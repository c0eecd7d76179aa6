import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  planPolicyLoop,
  policyOptions,
  prepareResponses,
  promptOptions,
  responseOptions,
  roundOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
  type ReadExamples,
} from 'nashtune/loop';
import { z } from 'zod';

const positive = z.number().positive();
const { promptsPerRound, order } = promptOptions();

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 4, reference: 'previous', history: 'last' }),
  data: z.object({ ...responseOptions(), promptsPerRound, order }),
  sampling: samplingOptions({ samples: 1, least: 1 }),
  loss: z
    .object({
      name: z
        .enum(['spin_sigmoid', 'spin_hinge'])
        .default('spin_sigmoid')
        .describe('logistic, as in all published runs, or hinge'),
      beta: positive.default(0.1).describe("strength of the pull to the previous iterate, the paper's lambda"),
    })
    .prefault({}),
  perRound: z
    .object({
      learningRate: z.array(positive).min(1).optional().describe('in place of train.learningRate; the last one stays'),
      beta: z.array(positive).min(1).optional().describe('in place of loss.beta; the last one stays'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7, optimizer: 'rmsprop', epochs: 2 }),
});

/**
 * Self-Play Fine-Tuning: in each round the policy answers the prompts of a fine-tuning set, and is trained to tell the human
 * answer from its own, with itself at the start of the round as the reference. No judge takes part; it only measures.
 *
 * Chen et al. 2024, arXiv:2401.01335, section 4 and appendix B. Each round trains on its own pairs and those of the last one,
 * as the authors say in uclaml/SPIN#11. Their scripts train for 6 epochs and stop early (#36), the paper says 2; they cut own
 * answers after 256 tokens and human ones not, so that length alone tells them apart: here `sampling.maxNewTokens` and
 * `data.longExamples` cut both sides.
 */
export default defineRecipe({
  name: 'spin',
  summary: 'SPIN on answers that people wrote: tell them from the policy’s own, round after round',
  examples: [
    'nashtune run spin --set policy=./my-sft-model --set data.responses=answers.jsonl',
    'nashtune run spin --preset mistral-7b --set policy=hub:alignment-handbook/zephyr-7b-sft-full --set data.responses=ultrachat.parquet',
  ],
  schema,
  presets: {
    // scripts/finetune*.sh of https://github.com/uclaml/SPIN, from zephyr-7b-sft-full; temperature as generate_vllm.py.
    'mistral-7b': {
      rounds: 4,
      history: 'last',
      sampling: { samples: 1, maxNewTokens: 256, temperature: 1 },
      perRound: { learningRate: [5e-7, 5e-7, 1e-7, 1e-7], beta: [0.1, 0.1, 0.1, 5] },
      train: { optimizer: 'rmsprop', schedule: 'linear', warmupRatio: 0.1, epochs: 6, batchSize: 64 },
      data: { promptsPerRound: 50000, order: 'reused', maxLength: 1024, longExamples: 'keep-start' },
    },
  },
  plan: (config, context) => planPolicyLoop(config, context, readExamples(config)),
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'SPIN',
        loss: config.loss.name,
        lossOptions: { beta: config.loss.beta },
        examples: readExamples(config),
      },
      async ({ rounds, examples }) => {
        for await (const round of rounds()) {
          const samples = await round.sample();
          const answers = await round.answer(examples);
          const pairs = await round.pairWithAnswers(samples, answers);
          await round.train(pairs, [...samples, ...answers], {
            learningRate: ofRound(config.perRound.learningRate, round.number),
            lossOptions: { beta: ofRound(config.perRound.beta, round.number) ?? config.loss.beta },
          });
        }
      },
    ),
});

/** The value of a round, counted from 1; the last one stays. */
function ofRound(values: readonly number[] | undefined, round: number): number | undefined {
  return values?.[Math.min(round, values.length) - 1];
}

/** Reads the examples that the options name. */
function readExamples(config: z.output<typeof schema>): ReadExamples {
  return (reading) => prepareResponses({ ...config.data, ...reading });
}
