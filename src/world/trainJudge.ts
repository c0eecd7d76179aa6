import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { randomStream, type RandomStream } from '../base/seed.ts';
import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import { renderChat, type Tokenizer } from '../../datasets/index.ts';
import { createParameter, type Parameter } from '../engine/index.ts';
import {
  answerBatch,
  createPreferenceJudge,
  encodeAnswer,
  preferenceEmbedding,
  preferenceLogits,
  preferenceWeightShapes,
  type AnswerTensors,
  type EncodedAnswer,
} from '../judges/index.ts';
import {
  loadPolicy,
  parseDecoderConfig,
  readDecoderConfig,
  openWeights,
  readParameters,
  saveParameters,
  storedWeights,
  type DecoderConfig,
  type StoredTensor,
} from '../models/index.ts';
import { createSampler } from '../sampling/index.ts';
import { comparisonLoss, createAdamW, createSchedule, createTrainingStep } from '../training/index.ts';
import { judgeAccuracy } from './judgeAccuracy.ts';
import { closeComparisons, labelledComparisons, type LabelledComparison } from './labelledComparisons.ts';
import { promptText, type WorldPrompt } from './prompts.ts';
import { QUALITIES, type Quality } from './qualities.ts';

interface Stage {
  name: string;
  /** Pairs of answers of all kinds. */
  comparisons: number;
  /** Pairs that differ in one of `differences` only. */
  close: number;
  differences: readonly (readonly Quality[])[];
  peakRate: number;
}

const SINGLE: Stage['differences'] = QUALITIES.map((quality) => [quality]);
const TRAIN: Stage = { name: 'train', comparisons: 120_000, close: 120_000, differences: SINGLE, peakRate: 1e-3 };
/**
 * After the first stage the judge counts sentences where it should count what they say: it dwells on answers that repeat an
 * item in place of another one.
 */
const REFINE: Stage = {
  name: 'refine',
  comparisons: 50_000,
  close: 130_000,
  differences: [...SINGLE, ...Array.from({ length: 5 }, (): Quality[] => ['complete', 'noRepetition'])],
  peakRate: 7e-4,
};
const WARMUP = 100;
const PAIRS = 64;
const REPORT_EVERY = 100;
/** Standard deviation of the head's first weights. */
const HEAD_DEVIATION = 0.05;
/** Batches are made of pairs of similar length within windows of this many. */
const WINDOW = 1024;
/** Answers of the base policy itself, among those compared: the judge must know what it will judge. */
const POLICY_PROMPTS = 2_000;

export interface JudgeTraining {
  tokenizer: Tokenizer;
  train: readonly WorldPrompt[];
  heldOut: readonly WorldPrompt[];
  /** Where the judge is saved. */
  folder: string;
  policyFolder: string;
  seed: number;
}

/** Trains the preference model on noisy comparisons under the world's hidden rule, from the base policy's weights. */
export async function trainJudge(options: JudgeTraining): Promise<void> {
  const { seed } = options;
  // The base policy can already read: its weights are a far better start than random ones.
  const base = await loadPolicy(options.policyFolder);
  const start = await storedWeights(base.parameters);
  base.dispose();
  const shape = { ...base.config.source, architectures: ['NashtunePreferenceModel'], dtype: 'bfloat16' };
  const config = parseDecoderConfig(shape, 'preference model');
  await writeFileAtomic(join(options.folder, 'config.json'), `${JSON.stringify(shape, null, 2)}\n`);
  const comparisons = await comparisonsOf(options, TRAIN);
  const parameters = initialParameters(config, start, seed);
  await fit(options, config, parameters, comparisons, TRAIN.peakRate);
  await saveAndReport(options, config, parameters);
}

/** Trains the saved preference model further, on pairs that it still gets wrong. */
export async function refineJudge(options: JudgeTraining): Promise<void> {
  const config = await readDecoderConfig(options.folder);
  const comparisons = await comparisonsOf(options, REFINE);
  const weights = await openWeights(options.folder);
  const parameters = await readParameters(preferenceWeightShapes(config), weights);
  await weights.close();
  await fit(options, config, parameters, comparisons, REFINE.peakRate);
  await saveAndReport(options, config, parameters);
}

/** Pairs of answers of all kinds, and close pairs, which give each quality evidence of its own, in random order. */
async function comparisonsOf(options: JudgeTraining, stage: Stage): Promise<LabelledComparison[]> {
  const { train, seed } = options;
  const random = randomStream(seed, 'judge', stage.name);
  return random.shuffle([
    ...labelledComparisons(train, stage.comparisons, random, await policyAnswers(options)),
    ...closeComparisons(train, stage.close, random, stage.differences),
  ]);
}

async function fit(
  { tokenizer, seed }: JudgeTraining,
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Parameter>,
  comparisons: readonly LabelledComparison[],
  peakRate: number,
): Promise<void> {
  const optimizer = createAdamW(parameters, { beta2: 0.98, weightDecay: 0.05 });
  const update = createTrainingStep<AnswerTensors & { label: tf.Tensor }>({
    parameters,
    optimizer,
    clipNorm: 1,
    name: 'preference',
    lossOf: (weights, { label, ...answers }) => {
      const [a, b] = tf.split(preferenceEmbedding(config, weights, answers), 2) as [tf.Tensor2D, tf.Tensor2D];
      const logits = preferenceLogits(a, b);
      return { loss: tf.mean(comparisonLoss(logits, label)) };
    },
  });
  const encode = (prompt: string, answer: string): EncodedAnswer =>
    encodeAnswer(tokenizer, [{ role: 'user', content: prompt }], answer, config.contextLength);
  const pairs = comparisons.map(({ prompt, a, b, firstWon }) => ({
    a: encode(prompt, a),
    b: encode(prompt, b),
    firstWon,
  }));
  const batches = pairBatches(pairs, randomStream(seed, 'judge', 'order'));
  const schedule = createSchedule({ name: 'linear', peak: peakRate, total: batches.length, warmupSteps: WARMUP });
  const began = performance.now();
  let recent = 0;
  for (const [i, items] of batches.entries()) {
    const answers = [...items.map(({ a }) => a), ...items.map(({ b }) => b)];
    const batch = {
      ...answerBatch(answers, answers.length, tokenizer.padTokenId ?? 0),
      label: tf.tensor1d(items.map(({ firstWon }) => Number(firstWon))),
    };
    const learningRate = tf.scalar(schedule(i + 1));
    const step = tf.scalar(i + 1);
    const result = await update.async({ batch, step, learningRate });
    recent += (await result['loss']!.data())[0]!;
    tf.dispose([batch, step, learningRate, result]);
    if ((i + 1) % REPORT_EVERY === 0) {
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(`judge: step ${i + 1}/${batches.length}, loss ${(recent / REPORT_EVERY).toFixed(4)}, ${seconds} s`);
      recent = 0;
    }
  }
  update.dispose();
  optimizer.dispose();
}

/** Saves the weights in bfloat16 and disposes them, then says how good the judge is on held-out prompts. */
async function saveAndReport(
  { tokenizer, folder, heldOut, seed }: JudgeTraining,
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<void> {
  await saveParameters(parameters, join(folder, 'model.safetensors'), 'BF16');
  const judge = createPreferenceJudge({ config, parameters, tokenizer, id: 'in training' });
  const { noisy, clean, count } = await judgeAccuracy(judge, heldOut, seed);
  console.log(
    `judge: right in ${percent(noisy)} of ${count} held-out comparisons with noisy labels, ${percent(clean)} by the hidden rule`,
  );
  judge.dispose();
}

interface EncodedPair {
  a: EncodedAnswer;
  b: EncodedAnswer;
  firstWon: boolean;
}

/** Batches of pairs of similar length, in random order. */
function pairBatches(pairs: readonly EncodedPair[], random: RandomStream): EncodedPair[][] {
  const batches: EncodedPair[][] = [];
  for (let window = 0; window < pairs.length; window += WINDOW) {
    const sorted = pairs.slice(window, window + WINDOW).sort((x, y) => longer(x) - longer(y));
    for (let i = 0; i + PAIRS <= sorted.length; i += PAIRS) batches.push(sorted.slice(i, i + PAIRS));
  }
  return random.shuffle(batches);
}

/** The base policy's weights, and a small random head. */
function initialParameters(
  config: DecoderConfig,
  start: ReadonlyMap<string, StoredTensor>,
  seed: number,
): Map<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  for (const [name, shape] of preferenceWeightShapes(config)) {
    const random = randomStream(seed, 'judge', 'initialize', name);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = start.get(name)?.data ?? Float32Array.from({ length: size }, () => HEAD_DEVIATION * random.normal());
    const initial = tf.tensor(data, [...shape]);
    parameters.set(name, createParameter(initial, name));
    initial.dispose();
  }
  return parameters;
}

/** Two answers of the base policy to each of some training prompts, by prompt. */
async function policyAnswers(options: JudgeTraining): Promise<Map<string, string[]>> {
  const { tokenizer, seed } = options;
  const policy = await loadPolicy(options.policyFolder);
  const sampler = createSampler(policy);
  const prompts = randomStream(seed, 'judge', 'policy prompts').shuffle(options.train).slice(0, POLICY_PROMPTS);
  const requests = prompts.map((prompt) => {
    const chat = renderChat(tokenizer, prompt.messages, { addGenerationPrompt: true });
    return { key: prompt.id, promptTokens: tokenizer.encode(chat, { addSpecialTokens: false }) };
  });
  const responses = await sampler.generate(requests, {
    samples: 2,
    maxNewTokens: 80,
    temperature: 1,
    seed: `${seed} judge`,
    endToken: tokenizer.eosTokenId!,
    padToken: tokenizer.padTokenId ?? 0,
    batchSize: 128,
  });
  sampler.dispose();
  policy.dispose();
  const texts = responses.map(({ tokenIds }) => tokenizer.decode(tokenIds, { skipSpecialTokens: true }));
  return new Map(prompts.map((prompt, i) => [promptText(prompt), [texts[2 * i]!, texts[2 * i + 1]!]]));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function longer({ a, b }: EncodedPair): number {
  return Math.max(a.ids.length, b.ids.length);
}
