import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { createParameter, startEngine } from '../../src/engine/index.ts';
import type { ComparedText, ComparisonModel } from '../../src/models/index.ts';
import {
  createSchedule,
  trainComparisons,
  type LabelledComparison,
  type TrainComparisonsOptions,
} from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { TINY_CONFIG } from '../judges/tinyJudge.ts';

beforeAll(async () => {
  await startEngine();
});

const WORDS = 12;
type Tensors = { counts: tf.Tensor2D };
type Model = ComparisonModel<ComparedText, Tensors>;

/** A text's score is the sum of its words' scores. */
function bagOfWords(): Model {
  const zeros = tf.zeros([WORDS, 1]);
  const score = createParameter(zeros, 'score');
  zeros.dispose();
  const parameters = new Map([[score.name, score]]);
  return {
    model: { config: TINY_CONFIG, parameters, layout: null, unused: [], dispose: () => score.dispose() },
    tensorsOf: (texts) => ({
      counts: tf.tensor2d(
        texts.map(({ ids }) => Array.from({ length: WORDS }, (_, word) => ids.filter((id) => id === word).length)),
      ),
    }),
    compare: (weights, { counts }) => {
      const scores = tf.reshape(tf.matMul(counts, weights['score'] as tf.Tensor2D), [-1]) as tf.Tensor1D;
      const [first, second] = tf.split(scores, 2) as [tf.Tensor1D, tf.Tensor1D];
      return { logits: tf.sub(first, second), scores };
    },
  };
}

const sum = ({ ids }: ComparedText): number => ids.reduce((a, b) => a + b, 0);

/** Comparisons in which the text with the larger words wins. */
function comparisons(count: number): LabelledComparison<ComparedText>[] {
  const random = randomStream(1, 'comparisons');
  return Array.from({ length: count }, (_, i) => {
    const text = (): ComparedText => ({
      ids: Array.from({ length: 1 + random.integer(4) }, () => random.integer(WORDS)),
    });
    const [first, second] = [text(), text()];
    const probability = sum(first) === sum(second) ? 0.5 : Number(sum(first) > sum(second));
    return { id: `c${i}`, first, second, probability };
  });
}

type Options = TrainComparisonsOptions<ComparedText, Tensors>;
const ALL = comparisons(130);
const options = (model: Model, folder: string, more: Partial<Options> = {}): Options => ({
  model,
  comparisons: ALL.slice(0, 90),
  heldOut: ALL.slice(90),
  epochs: 3,
  batchSize: 16,
  seed: 1,
  scheduleOf: (total) => createSchedule({ name: 'linear', peak: 0.1, total }),
  clipNorm: 10,
  evaluateEvery: 3,
  checkpoints: { folder, every: 2 },
  ...more,
});

async function scores({ model }: Model): Promise<Float32Array> {
  const value = model.parameters.get('score')!.read();
  return (await value.data()) as Float32Array;
}

test('learns from comparisons', async () => {
  const model = bagOfWords();
  const found: Record<string, number>[] = [];
  await trainComparisons(options(model, await temporaryFolder(), { onEvaluation: ({ values }) => found.push(values) }));
  expect(found).toHaveLength(6);
  expect(found.at(-1)!['log_loss']).toBeLessThan(0.8 * found[0]!['log_loss']!);
  expect(found.at(-1)!['accuracy']).toBeGreaterThan(0.8);
});

test('gives the same weights from micro-batches, also where the last batch is not full', async () => {
  const [whole, parts] = [bagOfWords(), bagOfWords()];
  const more = { heldOut: [], epochs: 1, optimizer: { name: 'sgd' as const }, centering: 0.1 };
  await trainComparisons(options(whole, await temporaryFolder(), more));
  await trainComparisons(options(parts, await temporaryFolder(), { ...more, microBatchSize: 4 }));
  const [a, b] = [await scores(whole), await scores(parts)];
  expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.02);
  a.forEach((score, i) => expect(b[i]).toBeCloseTo(score, 5));
});

/** In the midst of steps; before the best weights are saved; after an evaluation that was worse. */
const KILLS = new Set(['step 5', 'evaluation 6', 'evaluation 9']);

test('killed at any point and resumed, ends with the same bits', async () => {
  const [folder, copies] = [await temporaryFolder(), await temporaryFolder()];
  const copy = (when: string): void => {
    if (KILLS.has(when)) cpSync(folder, join(copies, when), { recursive: true });
  };
  const whole = bagOfWords();
  // The rate is far too high at first, so that the best weights are not the last.
  const rough = { scheduleOf: () => (step: number) => (step < 9 ? 0.05 : 3) };
  const { kept, steps } = await trainComparisons(
    options(whole, folder, {
      ...rough,
      onStep: ({ step }) => copy(`step ${step}`),
      onEvaluation: ({ step }) => copy(`evaluation ${step}`),
      onCheckpoint: (step) => copy(`checkpoint ${step}`),
    }),
  );
  expect(kept).toBeLessThan(steps);
  expect(readdirSync(copies)).toHaveLength(KILLS.size);
  for (const when of readdirSync(copies)) {
    const resumed = bagOfWords();
    const result = await trainComparisons(options(resumed, join(copies, when), rough));
    expect({ when, ...result }).toEqual({ when, kept, steps });
    expect(await scores(resumed), when).toEqual(await scores(whole));
    const best = readdirSync(join(copies, when)).filter((name) => name.startsWith('best-'));
    expect(best, when).toEqual([`best-${kept}.safetensors`]);
  }
});

test('killed before the first checkpoint, but after weights were kept as the best, starts again', async () => {
  const [folder, copy] = [await temporaryFolder(), join(await temporaryFolder(), 'copy')];
  const whole = bagOfWords();
  const onCheckpoint = (step: number): void => {
    if (step === 3) cpSync(folder, copy, { recursive: true });
  };
  const { kept } = await trainComparisons(
    options(whole, folder, { checkpoints: { folder, every: 100 }, onCheckpoint }),
  );
  expect(readdirSync(copy)).toEqual(['best-3.safetensors']);
  const resumed = bagOfWords();
  expect((await trainComparisons(options(resumed, copy, { checkpoints: { folder: copy, every: 100 } }))).kept).toBe(
    kept,
  );
  expect(await scores(resumed)).toEqual(await scores(whole));
});

test('without comparisons held out no patience ends it', async () => {
  const heldOut = { heldOut: [], patience: 1 };
  const { steps, kept } = await trainComparisons(options(bagOfWords(), await temporaryFolder(), heldOut));
  expect([steps, kept]).toEqual([18, 18]);
});

test('ends after so many evaluations without a new best, and keeps the best', async () => {
  const model = bagOfWords();
  const losses: number[] = [];
  const { kept, steps } = await trainComparisons(
    options(model, await temporaryFolder(), {
      epochs: 20,
      patience: 2,
      scheduleOf: () => (step) => (step < 9 ? 0.05 : 3),
      onEvaluation: ({ values }) => void losses.push(values['log_loss']!),
    }),
  );
  const best = losses.indexOf(Math.min(...losses));
  expect({ kept, steps }).toEqual({ kept: 3 * (best + 1), steps: 3 * (best + 3) });
});

test('an interrupted run saves its step and goes on there', async () => {
  const folder = await temporaryFolder();
  const controller = new AbortController();
  const model = bagOfWords();
  const interrupted = trainComparisons(
    options(model, folder, { signal: controller.signal, onStep: ({ step }) => step === 5 && controller.abort() }),
  );
  await expect(interrupted).rejects.toThrow(/abort/i);
  const starts: number[] = [];
  await trainComparisons(options(bagOfWords(), folder, { onStart: (step) => void starts.push(step) }));
  expect(starts).toEqual([5]);
});

test('a loss that is not finite stops the run, names the comparisons and keeps the last checkpoint', async () => {
  const folder = await temporaryFolder();
  const endless = { ...ALL[0]!, id: 'endless', margin: Infinity };
  const { code, message } = await userErrorOf(() =>
    trainComparisons(options(bagOfWords(), folder, { comparisons: [endless] })),
  );
  expect(code).toBe('train.notFinite');
  expect(message).toContain('endless');
});
