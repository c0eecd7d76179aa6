import { defineRecipe } from 'nashtune';
import { loadTokenizer, localFolder } from 'nashtune/datasets';
import { choosePrecision, startEngine } from 'nashtune/engine';
import { newPreferenceModel } from 'nashtune/judges';
import { comparisonPairs, comparisonStage, hashFile, withLoop } from 'nashtune/loop';
import { hashWeights } from 'nashtune/models';
import { BASE_POLICY } from 'nashtune/world';
import { z } from 'zod';

const count = z.int().positive();

const schema = z.object({
  policy: z
    .string()
    .optional()
    .describe(
      'language model to start from, in Hugging Face layout, or hub:owner/name; default: that of the quickstart',
    ),
  seed: z.int().default(1).describe('derives every random number of the run'),
  precision: z
    .enum(['auto', 'fp32', 'bf16'])
    .default('auto')
    .describe('of matrix products; auto: bf16 where it is faster'),
  data: z.object({
    pairs: z.string().describe('preference pairs, such as pairs.arrow of a run; p_chosen_beats_rejected is the label'),
    limit: count.optional().describe('use the first rows only'),
    adapter: z
      .union([z.string(), z.record(z.string(), z.string())])
      .default('auto')
      .describe('format of the rows: auto, its name, or paths of fields such as {"prompt": "data.question"}'),
    skipBad: z.string().optional().describe('file for rows without a pair; default: they stop the run'),
    heldOut: z
      .union([z.number().min(0).lt(1), z.string()])
      .default(0.05)
      .describe('share of the conversations to measure on, or a file of other pairs; 0: none, keep the last weights'),
  }),
  train: z
    .object({
      optimizer: z
        .enum(['adamw', 'rmsprop', 'adafactor', 'lion', 'sgd'])
        .default('adamw')
        .describe('lion wants a tenth of the rate'),
      learningRate: z
        .number()
        .positive()
        .default(2e-6)
        .describe(
          'peak; that of the official scripts for models from 2B, small models want more (the shipped judge: 1e-3)',
        ),
      schedule: z
        .enum(['linear', 'cosine', 'constant'])
        .default('cosine')
        .describe('fall of the rate after the warm-up'),
      warmupRatio: z.number().min(0).max(1).default(0.03).describe('share of the steps with rising rate'),
      epochs: count.default(1).describe('passes over the pairs; judges overfit in the second'),
      batchSize: count.default(32).describe('pairs per step'),
      microBatchSize: count
        .optional()
        .describe('pairs computed at once, a divisor of batchSize; less needs less memory'),
      clipNorm: z.number().positive().default(1).describe('largest norm of the gradients'),
      weightDecay: z.number().min(0).default(0).describe('decay of matrices'),
      evaluations: count.default(10).describe('times in an epoch that the model is measured on held-out pairs'),
      patience: count.optional().describe('end after so many evaluations without a new best; default: never'),
      checkpointEvery: count.default(100).describe('steps between checkpoints, besides one at each evaluation'),
    })
    .refine(({ batchSize, microBatchSize = batchSize }) => batchSize % microBatchSize === 0, {
      path: ['microBatchSize'],
      error: 'must divide train.batchSize',
    })
    .prefault({}),
});

/**
 * Trains a judge of your own from preference pairs: a general preference model, which can hold cycles (a beats b, b beats
 * c, c beats a) where scores cannot. The loss is the cross-entropy of the pairs' labels, which may be probabilities. The
 * weights that are best on held-out pairs are kept; the saved folder is a `judge` for every recipe.
 *
 * Zhang et al. 2024, arXiv:2410.02197; learning rate from its official scripts.
 */
export default defineRecipe({
  name: 'preference-model',
  summary: 'Train a pairwise judge on preference pairs, for use as the judge of other recipes',
  examples: [
    'nashtune run preference-model --set policy=./my-model --set data.pairs=pairs.jsonl --out ./judge-run',
    'nashtune run sppo --set judge=./judge-run/round-01/checkpoint --set data.prompts=prompts.jsonl',
  ],
  schema,
  presets: {},
  run: async (config, context) => {
    const { data, train } = config;
    const engine = await startEngine();
    const precision = choosePrecision(config.precision);
    const fetching = { signal: context.signal, onMessage: context.print };
    const policyFolder = await localFolder(config.policy ?? BASE_POLICY, fetching);
    const tokenizer = await loadTokenizer(policyFolder);
    const { train: pairs, heldOut } = await comparisonPairs({ ...data, source: data.pairs, seed: config.seed });
    const judge = await newPreferenceModel(policyFolder, { tokenizer, seed: config.seed });
    const manifest = {
      recipe: context.recipeName,
      config: { ...config, precision },
      seeds: { seed: config.seed },
      inputs: {
        policy: await hashWeights(policyFolder),
        pairs: await hashFile(data.pairs),
        ...(typeof data.heldOut === 'string' ? { heldOut: await hashFile(data.heldOut) } : {}),
      },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    };
    await withLoop(context, manifest, async (loop) => {
      loop.print(`${pairs.length} pairs to train on, ${heldOut.length} held out`);
      const trained = await comparisonStage(loop, {
        judge,
        train: pairs,
        heldOut,
        ...train,
        optimizer: { name: train.optimizer },
        bf16: precision === 'bf16',
        companions: policyFolder,
      });
      loop.print(`Judge: ${trained.folder}`);
      context.result({ out: context.out, judge: trained.folder, heldOut: trained.heldOut });
    });
    judge.model.dispose();
  },
});
