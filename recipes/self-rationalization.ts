import { defineRecipe } from 'nashtune';
import { loadTokenizer, localFolder } from 'nashtune/datasets';
import { choosePrecision, startEngine } from 'nashtune/engine';
import { createPolicyChat, createRationaleJudge } from 'nashtune/judges';
import {
  accuracyOnPairs,
  comparisonPairs,
  hashFile,
  pairExamples,
  preparePrompts,
  promptStage,
  rationalePairStage,
  rationaleQuestions,
  sampleStage,
  trainStage,
  withLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { checkMemory, formatMemoryPlan, hashWeights, loadPolicy, planMemory } from 'nashtune/models';
import { cacheLength, createSampler } from 'nashtune/sampling';
import { createTrainer } from 'nashtune/training';
import { z } from 'zod';

const count = z.int().positive();

const schema = z.object({
  policy: z.string().describe('model that judges in words, in Hugging Face layout, or hub:owner/name'),
  seed: z.int().default(1).describe('derives every random number of the run'),
  rounds: count.default(2).describe('rounds of judging and training; the paper takes two'),
  precision: z
    .enum(['auto', 'fp32', 'bf16'])
    .default('auto')
    .describe('of matrix products; auto: bf16 where it is faster'),
  data: z.object({
    pairs: z.string().describe('labelled preference pairs; p_chosen_beats_rejected says which answer is better'),
    limit: count.optional().describe('use the first rows only'),
    adapter: z
      .union([z.string(), z.record(z.string(), z.string())])
      .default('auto')
      .describe('format of the rows: auto, its name, or paths of fields such as {"prompt": "data.question"}'),
    skipBad: z.string().optional().describe('file for rows without a pair; default: they stop the run'),
    heldOut: z
      .union([z.number().gt(0).lt(1), z.string()])
      .default(0.1)
      .describe('share of the conversations to measure on, or a file of other pairs'),
    longPrompts: z
      .enum(['drop', 'error'])
      .default('drop')
      .describe('pairs that leave no room for a rationale in the context'),
  }),
  sampling: z
    .object({
      samples: z.int().min(2).default(8).describe('rationales for each pair'),
      maxNewTokens: count.default(512).describe('longest rationale with its verdict, in tokens'),
      temperature: z.number().positive().default(1).describe('1 samples from the model itself'),
      batchSize: count.default(64).describe('rationales decoded together'),
    })
    .prefault({}),
  loss: z
    .object({
      beta: z.number().positive().default(0.1).describe('strength of the pull towards the start of the round'),
      alpha: z
        .number()
        .min(0)
        .default(0)
        .describe('weight of the likelihood of right rationales, against their becoming rare; 0 as in the paper'),
    })
    .prefault({}),
  train: z
    .object({
      optimizer: z
        .enum(['adamw', 'rmsprop', 'adafactor', 'lion', 'sgd'])
        .default('adamw')
        .describe('lion wants a tenth of the rate'),
      learningRate: z.number().positive().default(5e-7).describe('peak'),
      schedule: z
        .enum(['linear', 'cosine', 'constant'])
        .default('linear')
        .describe('fall of the rate after the warm-up'),
      warmupRatio: z.number().min(0).max(1).default(0.1).describe('share of the steps with rising rate'),
      epochs: count.default(1).describe('passes over the pairs of a round'),
      batchSize: count.default(8).describe('pairs per step'),
      microBatchSize: count
        .optional()
        .describe('pairs computed at once, a divisor of batchSize; less needs less memory'),
      recompute: z.boolean().default(false).describe('compute activations again: less memory, a sixth more time'),
      clipNorm: z.number().positive().default(1).describe('largest norm of the gradients'),
      weightDecay: z.number().min(0).default(0).describe('decay of matrices'),
      checkpointEvery: count.default(20).describe('steps between checkpoints inside a round'),
    })
    .refine(({ batchSize, microBatchSize = batchSize }) => batchSize % microBatchSize === 0, {
      path: ['microBatchSize'],
      error: 'must divide train.batchSize',
    })
    .prefault({}),
});

/**
 * Self-rationalization: a model that judges in words learns from its own judgments. For each labelled pair it writes
 * several rationales with verdicts; one whose verdict is right is preferred to one whose verdict is wrong, by DPO with the
 * model at the start of the round as the reference. The trained model judges through `createRationaleJudge`, or
 * `nashtune judge --judge policy/rationale:<folder>`.
 *
 * Measured: a judge of two layers that names letters at random is right on 50% of 195 held-out pairs, and on 100% after one
 * round and after two (seed 1, `loss.alpha` 1, 2 cores of an AMD EPYC, 2 minutes; the better answers use other words:
 * `NASHTUNE_LEARNING_TEST=on npx vitest run test/recipes/selfRationalization.test.ts`). With `loss.alpha` 0 on 205 pairs, at a constant
 * rate of 5e-3 for 130 steps, all verdicts were gone after round 1: DPO alone made right rationales rare, too.
 *
 * Trivedi et al. 2024, arXiv:2410.05495; there the judge scores single answers, here it compares two. Settings of the
 * training are those of SPPO's recipe, not the paper's.
 */
export default defineRecipe({
  name: 'self-rationalization',
  summary: 'Train a model that judges in words on its own rationales, right against wrong',
  examples: [
    'nashtune run self-rationalization --set policy=./my-model --set data.pairs=pairs.jsonl --out ./judge-run',
  ],
  schema,
  presets: {},
  run: async (config, context) => {
    const { sampling, train, data } = config;
    const engine = await startEngine();
    const precision = choosePrecision(config.precision);
    const policyFolder = await localFolder(config.policy, { signal: context.signal, onMessage: context.print });
    const tokenizer = await loadTokenizer(policyFolder);
    const { train: labelled, heldOut } = await comparisonPairs({ ...data, source: data.pairs, seed: config.seed });
    const policy = await loadPolicy(policyFolder);
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
    const questions = rationaleQuestions(labelled, config.seed);
    const prepared = await preparePrompts({
      source: questions.rows,
      tokenizer,
      contextLength: policy.config.contextLength,
      maxNewTokens: sampling.maxNewTokens,
      longPrompts: data.longPrompts,
    });
    const longest =
      prepared.kept.reduce((most, { tokenIds }) => Math.max(most, tokenIds.length), 0) + sampling.maxNewTokens;
    const plan = planMemory({
      config: policy.config,
      training: {
        sequences: 2 * (train.microBatchSize ?? train.batchSize),
        pieces: train.microBatchSize !== undefined,
        recompute: train.recompute,
        length: longest,
        option: train.microBatchSize === undefined ? 'train.batchSize' : 'train.microBatchSize',
      },
      generation: {
        rows: sampling.batchSize,
        length: cacheLength(longest, sampling.batchSize),
        option: 'sampling.batchSize',
      },
    });
    context.print(formatMemoryPlan(plan));
    await checkMemory(plan);

    await withLoop(context, manifest, async (loop) => {
      const prompts = await promptStage(loop, prepared, 'questions.arrow');
      const sampler = createSampler(policy);
      const trainer = createTrainer({
        policy,
        ...(config.loss.alpha > 0
          ? { loss: LOSSES.rpo_nll_seq, lossOptions: config.loss }
          : { loss: LOSSES.dpo, lossOptions: { beta: config.loss.beta } }),
        ...train,
        optimizer: { name: train.optimizer },
        padToken: tokenizer.padTokenId ?? 0,
        bf16: precision === 'bf16',
      });
      const chat = createPolicyChat({ policy, tokenizer, id: 'in training', seed: config.seed });
      const judge = createRationaleJudge(chat, { maxTokens: sampling.maxNewTokens });
      const measure = async (round: number) => {
        const values = await loop.measure(round, 'evaluation', () => accuracyOnPairs(loop, judge, heldOut));
        const { accuracy, failed } = values;
        loop.print(
          `round ${round}  right on ${percent(accuracy!)} of ${heldOut.length} held-out pairs, no verdict on ${percent(failed!)}`,
        );
        return { round, accuracy: accuracy!, failed: failed! };
      };

      let policyHash = manifest.inputs.policy;
      let steps = 0;
      let checkpoint = policyFolder;
      const rounds = [await measure(0)];
      for (let round = 1; round <= config.rounds; round++) {
        const bf16 = precision === 'bf16';
        const samples = await sampleStage(loop, round, { sampler, tokenizer, prompts, ...sampling, policyHash, bf16 });
        const pairs = await rationalePairStage(loop, round, { ...questions, samples });
        loop.print(`round ${round}  ${pairs.length} of ${prompts.length} pairs had right and wrong verdicts`);
        steps = await trainStage(loop, round, {
          trainer,
          policyHash,
          ...pairExamples(pairs, samples),
          ...train,
          companions: policyFolder,
          stepsBefore: steps,
        });
        checkpoint = loop.run.stagePath(round, 'checkpoint');
        policyHash = await hashWeights(checkpoint);
        rounds.push(await measure(round));
      }
      loop.print(`Judge: ${checkpoint}`);
      context.result({ out: context.out, policy: checkpoint, rounds });
      for (const made of [judge, chat, trainer, sampler]) made.dispose();
    });
    policy.dispose();
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
