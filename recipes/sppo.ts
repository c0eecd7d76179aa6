import { defineRecipe } from 'nashtune';
import { loadTokenizer, localFolder, promptFormat, type TokenizedPrompt } from 'nashtune/datasets';
import { fastPrecision, startEngine } from 'nashtune/engine';
import { loadJudge } from 'nashtune/judges';
import {
  divergenceFromBase,
  hashFile,
  judgeStage,
  judgeWinRate,
  pairStage,
  preparePrompts,
  promptStage,
  sampleStage,
  sampleStatistics,
  trainStage,
  withLoop,
  writeReport,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { checkMemory, formatMemoryPlan, hashWeights, loadPolicy, planMemory } from 'nashtune/models';
import { createSampler } from 'nashtune/sampling';
import { createTrainer, createSequenceScorer } from 'nashtune/training';
import { BASE_POLICY, SHIPPED_JUDGE } from 'nashtune/world';
import { z } from 'zod';

const count = z.int().positive();

const schema = z.object({
  policy: z
    .string()
    .optional()
    .describe('model folder in Hugging Face layout, or hub:owner/name; default: the small one of the quickstart'),
  judge: z
    .string()
    .optional()
    .describe(
      'folder of a judge: preference model, PairRM, reward model or pair-preference model; default: the small one of the quickstart',
    ),
  seed: z.int().default(1).describe('derives every random number of the run'),
  rounds: count.default(3).describe('rounds of sampling, judging and training'),
  precision: z
    .enum(['auto', 'fp32', 'bf16'])
    .default('auto')
    .describe('of matrix products; auto: bf16 where it is faster'),
  data: z.object({
    prompts: z.string().describe('prompts or preference pairs: .jsonl, .json, .arrow, also gzipped'),
    limit: count.optional().describe('use the first rows only'),
    adapter: z
      .union([z.string(), z.record(z.string(), z.string())])
      .default('auto')
      .describe('format of the rows: auto, its name, or paths of fields such as {"prompt": "data.question"}'),
    skipBad: z.string().optional().describe('file for rows without a prompt; default: they stop the run'),
    promptsPerRound: count.optional().describe('fresh prompts for each round; default: all prompts in every round'),
    format: z
      .enum(['auto', 'chat', 'transcript'])
      .default('auto')
      .describe('chat: by the chat template; transcript: plain text as in HH files; auto: as the file'),
    longPrompts: z
      .enum(['drop', 'truncate-left', 'error'])
      .default('drop')
      .describe('prompts that leave no room for an answer'),
  }),
  sampling: z
    .object({
      samples: z.int().min(2).default(5).describe('answers per prompt, K'),
      maxNewTokens: count.default(64).describe('longest answer, in tokens'),
      temperature: z.number().positive().default(1).describe('1 samples from the policy itself, as the paper does'),
      topP: z.number().positive().max(1).default(1).describe('draw from the most likely tokens with this mass'),
      batchSize: count.default(64).describe('answers decoded together'),
    })
    .prefault({}),
  loss: z
    .object({
      eta: z
        .number()
        .positive()
        .default(1000)
        .describe('step of the multiplicative update; beta in the official code is 1 / eta'),
    })
    .prefault({}),
  train: z
    .object({
      optimizer: z
        .enum(['adamw', 'rmsprop', 'adafactor', 'lion', 'sgd'])
        .default('adamw')
        .describe('the paper used rmsprop; lion wants a tenth of the rate'),
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
      layout: z
        .enum(['padded', 'packed', 'shared-prompt'])
        .default('padded')
        .describe('rows of one sequence each, or filled with several; shared-prompt: a prompt once for both answers'),
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
 * Self-Play Preference Optimization: in each round the policy answers prompts K times, a judge compares the answers with
 * one another, and the policy is trained towards eta * (win rate - 1/2) on the best and the worst of them, with itself at
 * the start of the round as the reference.
 *
 * Wu et al. 2024, arXiv:2405.00675; defaults from its section 5 and official scripts, with AdamW in place of RMSprop unless asked for.
 */
export default defineRecipe({
  name: 'sppo',
  summary: 'SPPO on your prompts and model: sample, judge, pair, train, round after round',
  examples: [
    'nashtune run sppo --set policy=./my-model --set data.prompts=prompts.jsonl',
    'nashtune run sppo --set data.prompts=pairs.jsonl.gz --set data.limit=64 --set rounds=2 --out ./sppo-run',
  ],
  schema,
  presets: {},
  run: async (config, context) => {
    const { sampling, train, data } = config;
    const engine = await startEngine();
    const precisionOf = (work: 'training' | 'generation') =>
      config.precision === 'auto' ? fastPrecision(work) : config.precision;
    const precision = { training: precisionOf('training'), generation: precisionOf('generation') };
    const fetching = { signal: context.signal, onMessage: context.print };
    const policyFolder = await localFolder(config.policy ?? BASE_POLICY, fetching);
    const judgeFolder = await localFolder(config.judge ?? SHIPPED_JUDGE, fetching);
    const tokenizer = await loadTokenizer(policyFolder);
    const policy = await loadPolicy(policyFolder);
    const base = await loadPolicy(policyFolder, { frozen: true });
    const judge = await loadJudge(judgeFolder);
    const manifest = {
      recipe: context.recipeName,
      config: { ...config, precision },
      seeds: { seed: config.seed },
      inputs: { policy: await hashWeights(policyFolder), judge: judge.id, prompts: await hashFile(data.prompts) },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    };
    const format = data.format === 'auto' ? await promptFormat(data.prompts, data.adapter) : data.format;
    const prepared = await preparePrompts({
      source: data.prompts,
      limit: data.limit,
      adapter: data.adapter,
      skipBad: data.skipBad,
      tokenizer,
      contextLength: policy.config.contextLength,
      maxNewTokens: sampling.maxNewTokens,
      longPrompts: data.longPrompts,
      format,
    });
    const plan = planMemory({
      config: policy.config,
      // The policy and the base that its divergence is measured from.
      models: 2,
      training: {
        sequences: 2 * (train.microBatchSize ?? train.batchSize),
        pieces: train.microBatchSize !== undefined,
        recompute: train.recompute,
        length: longestSequence(prepared.kept, sampling.maxNewTokens),
        option: train.microBatchSize === undefined ? 'train.batchSize' : 'train.microBatchSize',
      },
      generation: {
        rows: sampling.batchSize,
        length: longestSequence(prepared.kept, sampling.maxNewTokens),
        option: 'sampling.batchSize',
      },
    });
    context.print(formatMemoryPlan(plan));
    await checkMemory(plan);
    const padToken = tokenizer.padTokenId ?? 0;
    // As the policy's own log-probabilities, which come from sampling: the difference is the KL.
    const bf16 = precision.generation === 'bf16';
    const baseScorer = createSequenceScorer(base, { batchSize: 64, padToken, bf16 });

    return withLoop(context, manifest, async (loop) => {
      if (config.judge === undefined) {
        loop.notes.push(
          'No judge was named: the small preference model of the quickstart judged, which knows a small world of its own.',
        );
        loop.print(
          'No judge named: using the small preference model of the quickstart (--set judge=<folder> to change).',
        );
      }
      const prompts = await promptStage(loop, prepared);
      const rows = prompts.map(({ prompt }) => prompt);
      const sampler = createSampler(policy);
      const drawing = { sampler, tokenizer, ...sampling, bf16 };
      const lossOptions = { beta: 1 / config.loss.eta };
      const trainer = createTrainer({
        policy,
        loss: LOSSES.sppo,
        lossOptions,
        ...train,
        optimizer: { name: train.optimizer },
        padToken,
        bf16: precision.training === 'bf16',
      });
      let policyHash = manifest.inputs.policy;
      let steps = 0;

      const baseline = await sampleStage(loop, 1, { ...drawing, prompts, samples: 1, policyHash, name: 'baseline' });
      const rounds = [];
      for (let round = 1; round <= config.rounds; round++) {
        const size = data.promptsPerRound ?? prompts.length;
        const first = data.promptsPerRound === undefined ? 0 : ((round - 1) * size) % prompts.length;
        const present = [...prompts, ...prompts].slice(first, first + Math.min(size, prompts.length));

        const samples = await sampleStage(loop, round, { ...drawing, prompts: present, policyHash });
        const sampled = sampleStatistics(samples);
        loop.print(`round ${round}  sampled ${samples.length} answers, ${sampled.answerTokens.toFixed(1)} tokens each`);

        const judgments = await judgeStage(loop, round, { judge, prompts: rows, samples });
        loop.print(`round ${round}  judged ${judgments.length} comparisons`);

        const pairs = await pairStage(loop, round, { prompts: rows, samples, judgments });
        loop.print(`round ${round}  paired ${pairs.length} of ${present.length} prompts`);

        steps = await trainStage(loop, round, {
          trainer,
          policyHash,
          pairs,
          samples,
          ...train,
          companions: policyFolder,
          stepsBefore: steps,
        });
        const checkpoint = loop.run.stagePath(round, 'checkpoint');
        policyHash = await hashWeights(checkpoint);
        loop.print(`round ${round}  trained ${steps} steps so far: ${checkpoint}`);

        const answers = await sampleStage(loop, round, {
          ...drawing,
          prompts,
          samples: 1,
          policyHash,
          name: 'evaluation',
        });
        const values = await loop.measure(round, 'evaluation', async () => {
          const against = await judgeWinRate(judge, rows, answers, baseline);
          const klToBase = await divergenceFromBase(loop, baseScorer, answers);
          return {
            judgeWinRate: against.rate,
            low: against.low,
            high: against.high,
            klToBase,
            pairs: pairs.length,
            ...sampleStatistics(answers),
          };
        });
        const { judgeWinRate: mean, low, high, klToBase, answerTokens } = values;
        rounds.push({
          round,
          judgeWinRate: { mean: mean!, low: low!, high: high! },
          klToBase: klToBase!,
          answerTokens: answerTokens!,
          pairs: pairs.length,
        });
        loop.print(
          `round ${round}  the judge prefers it to the base in ${percent(mean!)} (95%: ${percent(low!)} to ${percent(high!)}), ` +
            `KL to base ${klToBase!.toFixed(2)} nats an answer`,
        );
        if (round === config.rounds) {
          const examples = rows.slice(0, 3).map(({ messages }, i) => ({
            prompt: messages.at(-1)!.content,
            before: baseline[i]!.text,
            after: answers[i]!.text,
          }));
          const report = await writeReport(loop, {
            title: 'SPPO',
            settings: manifest.config,
            judge: { name: judge.id },
            rounds,
            examples,
          });
          loop.print(`Report: ${report}`);
          context.result({ out: context.out, policy: checkpoint, rounds, report });
        }
      }
      trainer.dispose();
      baseScorer.dispose();
      sampler.dispose();
      for (const model of [policy, base, judge]) model.dispose();
    });
  },
});

const longestSequence = (prompts: readonly TokenizedPrompt[], newTokens: number): number =>
  Math.max(...prompts.map(({ tokenIds }) => tokenIds.length)) + newTokens;
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
