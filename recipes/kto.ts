import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  planPolicyLoop,
  policyOptions,
  prepareResponses,
  prepareSides,
  pairOptions,
  responseOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
  type ReadExamples,
} from 'nashtune/loop';
import { z } from 'zod';

const weight = z.number().positive().default(1);

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  data: z
    .object({
      ...pairOptions(),
      ...responseOptions(),
      responses: z.string().optional().describe('answers, each with a label that says whether it is good'),
      pairs: z.string().optional().describe('or preference pairs, whose answers then count each by itself'),
    })
    .refine(({ responses, pairs }) => (responses === undefined) !== (pairs === undefined), {
      error: 'expected data.responses or data.pairs, and not both',
    }),
  sampling: samplingOptions({ samples: 1, least: 1 }).describe('of the answers that the policy is measured by'),
  loss: z
    .object({
      beta: z.number().positive().default(0.1).describe('strength of the pull to the base'),
      desirableWeight: weight.describe(
        'of good answers; all of them together should weigh 1 to 4/3 times as much as the bad ones',
      ),
      undesirableWeight: weight.describe('of bad answers'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7, schedule: 'linear', batchSize: 32 }),
});

/**
 * Kahneman-Tversky Optimization, offline: trains the policy on answers that are good or bad each by itself. The log-ratio of each
 * to the base is measured from a reference point, the mean log-ratio of the batch's answers under other prompts (not below 0),
 * which is taken anew in every step.
 *
 * Ethayarajh et al. 2024, arXiv:2402.01306, section 4. Pairs count as two answers each, shuffled apart, as in TRL. A batch of one
 * answer has no other prompt to measure from.
 */
export default defineRecipe({
  name: 'kto',
  summary: 'KTO on answers that are good or bad, without pairs',
  examples: [
    'nashtune run kto --set policy=./my-model --set data.responses=labelled.jsonl',
    'nashtune run kto --set policy=./my-model --set data.pairs=pairs.jsonl --set loss.desirableWeight=1.33',
  ],
  schema,
  presets: {},
  plan: (config, context) => planPolicyLoop(config, context, readExamples(config)),
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'KTO',
        loss: 'kto_unpaired',
        lossOptions: config.loss,
        examples: readExamples(config),
      },
      async ({ rounds, examples }) => {
        for await (const round of rounds()) await round.trainOn(examples);
      },
    ),
});

/** Reads the answers, or the two sides of the pairs, that the options name. */
function readExamples(config: z.output<typeof schema>): ReadExamples {
  const { responses, pairs, ...data } = config.data;
  return (reading) =>
    responses === undefined
      ? prepareSides({ ...data, ...reading, pairs: pairs! })
      : prepareResponses({ ...data, ...reading, responses, loss: 'kto_unpaired' });
}
