import { defineRecipe } from 'nashtune';
import { loadTokenizer, localFolder } from 'nashtune/datasets';
import { choosePrecision, startEngine } from 'nashtune/engine';
import { newRewardModel } from 'nashtune/judges';
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
  loss: z
    .object({
      marginScale: z
        .number()
        .min(0)
        .default(0)
        .describe("multiplies each pair's margin, by which rewards must differ; TRL, where there is a margin: 1"),
      centering: z
        .number()
        .min(0)
        .default(0)
        .describe('weight of (r_chosen + r_rejected)^2, which keeps rewards near zero; TRL recommends 0.01'),
    })
    .prefault({}),
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
        .describe('peak; that of the official scripts for models from 2B, small models want more'),
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
 * Trains a Bradley-Terry reward model from preference pairs: one score for each answer, whose difference is the logit of
 * a preference. The loss is that of the pairs' labels, -log sigmoid(r_chosen - r_rejected - margin) where they are
 * certain, plus the centering term. The weights that are best on held-out pairs are kept; the saved folder is opened by
 * `loadRewardModel` and by transformers' `AutoModelForSequenceClassification`.
 *
 * Ouyang et al. 2022, arXiv:2203.02155, Eq. (1); margins: Touvron et al. 2023, arXiv:2307.09288, Eq. (2); centering:
 * Eisenstein et al. 2023, arXiv:2312.09244; learning rate from the scripts of arXiv:2410.02197, which train such models, too.
 */
export default defineRecipe({
  name: 'reward-model',
  summary: 'Train a Bradley-Terry reward model on preference pairs, in the layout of transformers',
  examples: [
    'nashtune run reward-model --set policy=./my-model --set data.pairs=pairs.jsonl --out ./reward-run',
    'nashtune run reward-model --set policy=./my-model --set data.pairs=pairs.jsonl --set loss.centering=0.01 --out ./centered',
  ],
  schema,
  presets: {},
  run: async (config, context) => {
    const { data, loss, train } = config;
    const engine = await startEngine();
    const precision = choosePrecision(config.precision);
    const fetching = { signal: context.signal, onMessage: context.print };
    const policyFolder = await localFolder(config.policy ?? BASE_POLICY, fetching);
    const tokenizer = await loadTokenizer(policyFolder);
    const { train: pairs, heldOut } = await comparisonPairs({
      ...data,
      source: data.pairs,
      seed: config.seed,
      margins: loss.marginScale > 0,
    });
    const judge = await newRewardModel(policyFolder, { tokenizer, seed: config.seed });
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
        ...loss,
        ...train,
        optimizer: { name: train.optimizer },
        bf16: precision === 'bf16',
        companions: policyFolder,
      });
      loop.print(`Reward model: ${trained.folder}`);
      context.result({ out: context.out, rewardModel: trained.folder, heldOut: trained.heldOut });
    });
    judge.model.dispose();
  },
});
