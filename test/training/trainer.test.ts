import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { pairBatches, type ExampleBatch, type TokenizedPair } from '../../datasets/index.ts';
import { LOSSES, type LossFunction, type LossId } from '../../losses/index.ts';
import { startEngine, type CompileMode } from '../../src/engine/index.ts';
import { loadWeights, storedWeights, type Policy } from '../../src/models/index.ts';
import {
  createTrainer,
  createSequenceScorer,
  extraInputs,
  type OptimizerSettings,
  type Trainer,
  type SequenceScorer,
} from '../../src/training/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS, loadGoldenPolicy } from '../models/modelCases.ts';

let policy: Policy;
let scorer: SequenceScorer;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
  scorer = createSequenceScorer(policy, { batchSize: 4, padToken: 0, bf16: false });
});
afterAll(() => {
  scorer.dispose();
  policy.dispose();
});

const pairs: TokenizedPair[] = Array.from({ length: 3 }, (_, i) => ({
  id: String(i),
  promptIds: [5 + i, 6, 7],
  chosenIds: [20 + i, 21, 22, 2],
  rejectedIds: [30 + i, 31, 2],
}));

function batchOf(list: TokenizedPair[], batchSize: number): ExampleBatch {
  const options = { batchSize, maxLength: 128, padTokenId: 0, order: 'given' } as const;
  return pairBatches(list, options).next().value!;
}

function trainerFor(
  id: LossId,
  mode: CompileMode,
  options: { optimizer?: OptimizerSettings; weightDecay?: number } = {},
): Trainer {
  const settings = { lossOptions: { beta: 0.1 }, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false, mode };
  return createTrainer({ policy, loss: LOSSES[id], ...settings, ...options });
}

/** References of the policy as it is, one half as every win rate, one as every win probability. */
async function extraFor(id: LossId, batch: ExampleBatch): Promise<Record<string, Float32Array>> {
  const rows = Array.from(batch.indices, (at) => pairs[at]!);
  const score = async (side: 'chosenIds' | 'rejectedIds'): Promise<Float32Array> =>
    Float32Array.from(await scorer.score(rows.map((p) => ({ promptIds: p.promptIds, completionIds: p[side] }))));
  const known: Record<string, Float32Array> = {
    refChosenLogps: await score('chosenIds'),
    refRejectedLogps: await score('rejectedIds'),
    chosenProbsWin: new Float32Array(rows.length).fill(0.9),
    chosenProbsLose: new Float32Array(rows.length).fill(0.2),
    chosenProbs: new Float32Array(rows.length).fill(0.8),
  };
  return Object.fromEntries(extraInputs(LOSSES[id]).map((key) => [key, known[key]!]));
}

test('the inputs beside log-probabilities are those that the loss needs', () => {
  expect(extraInputs(LOSSES.dpo)).toEqual(['refChosenLogps', 'refRejectedLogps']);
  expect(extraInputs(LOSSES.sppo)).toEqual(['refChosenLogps', 'refRejectedLogps', 'chosenProbsWin', 'chosenProbsLose']);
});

describe.each<[LossId, number]>([
  ['dpo', Math.LN2],
  // ((p_w - 1/2)^2 + (p_l - 1/2)^2) / (2 beta^2) with 0.9, 0.2 and 0.1.
  ['sppo', 12.5],
])('%s', (id, atStart) => {
  test('starts at the known constant, raises the chosen and lowers the rejected answers', async () => {
    const batch = batchOf(pairs, 3);
    const extra = await extraFor(id, batch);
    const trainer = trainerFor(id, 'eager');
    const first = await trainer.update(batch, extra, 1, 1e-3);
    expect(Math.abs(first.loss - atStart)).toBeLessThan(1e-4 * Math.max(1, atStart));
    expect(first.gradNorm).toBeGreaterThan(0);
    let last = first;
    for (let step = 2; step <= 6; step++) last = await trainer.update(batch, extra, step, 1e-3);
    expect(last.loss).toBeLessThan(first.loss);
    last.logps[0]!.forEach((logp, i) => expect(logp).toBeGreaterThan(first.logps[0]![i]!));
    last.logps[1]!.forEach((logp, i) => expect(logp).toBeLessThan(first.logps[1]![i]!));
    trainer.dispose();
    await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
  });
});

describe('an update', () => {
  let trainer: Trainer;
  beforeAll(() => {
    trainer = trainerFor('dpo', 'xla');
  });
  afterAll(() => trainer.dispose());

  /** Takes one step from the golden weights; gives what it reports and the weights after it. */
  async function oneStep(by: Trainer, batch: ExampleBatch) {
    await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
    by.optimizer.reset();
    const result = await by.update(batch, await extraFor('dpo', batch), 1, 1e-3);
    const weights = await storedWeights(policy.parameters);
    await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
    return { result, weights };
  }

  test('gives the same weights bit for bit when it is repeated', async () => {
    const batch = batchOf(pairs, 3);
    expect(await oneStep(trainer, batch)).toEqual(await oneStep(trainer, batch));
  });

  test('is not changed by the filler of a last batch, and reports only real pairs', async () => {
    const eager = trainerFor('dpo', 'eager');
    const whole = await oneStep(eager, batchOf(pairs, 3));
    const filled = await oneStep(eager, batchOf(pairs, 4));
    eager.dispose();
    expect(filled.result.logps[0]).toHaveLength(3);
    expect(filled.result.loss).toBeCloseTo(whole.result.loss, 5);
    expect(filled.result.gradNorm / whole.result.gradNorm).toBeCloseTo(1, 4);
  });

  test.each<CompileMode>(['eager', 'xla'])('leaks no tensors in mode %s', async (mode) => {
    const by = mode === 'xla' ? trainer : trainerFor('dpo', mode);
    const batch = batchOf(pairs, 3);
    const extra = await extraFor('dpo', batch);
    await by.update(batch, extra, 1, 0);
    const before = tf.memory().numTensors;
    for (let step = 1; step <= 3; step++) await by.update(batch, extra, step, 0);
    expect(tf.memory().numTensors).toBe(before);
    if (by !== trainer) by.dispose();
  });

  test('goes the way of the optimizer that it was given: with SGD, the learning rate along the clipped gradient', async () => {
    const before = await storedWeights(policy.parameters);
    const sgd = trainerFor('dpo', 'eager', { optimizer: { name: 'sgd' } });
    const { weights, result } = await oneStep(sgd, batchOf(pairs, 3));
    sgd.dispose();
    const changes = [...weights].flatMap(([name, { data }]) =>
      Array.from(data, (value, i) => value - before.get(name)!.data[i]!),
    );
    expect(result.gradNorm).toBeGreaterThan(1);
    expect(Math.hypot(...changes) / 1e-3).toBeCloseTo(1, 3);
  });

  test('decays by weightDecay, unless the settings of the optimizer have a decay of their own', async () => {
    const batch = batchOf(pairs, 3);
    const after = async (weightDecay: number, optimizer?: OptimizerSettings) => {
      const by = trainerFor('dpo', 'eager', { weightDecay, ...(optimizer ? { optimizer } : {}) });
      const { weights } = await oneStep(by, batch);
      by.dispose();
      return weights;
    };
    const decayed = await after(0.5);
    expect(await after(0)).not.toEqual(decayed);
    expect(await after(0.5, { name: 'adamw' })).toEqual(decayed);
    expect(await after(0, { name: 'adamw', weightDecay: 0.5 })).toEqual(decayed);
  });

  test('refuses to go without an input of the loss', async () => {
    const batch = batchOf(pairs, 3);
    const some = { refChosenLogps: new Float32Array(2) };
    await expect(trainer.update(batch, some, 1, 0)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[RangeError: dpo: expected refChosenLogps with 3, refRejectedLogps with 3 entries, one per example of the batch, got refChosenLogps with 2, refRejectedLogps with none. Supply every key that extraInputs(loss) names.]`,
    );
  });

  test('refuses tokens that the policy does not have', async () => {
    const foreign = batchOf([{ ...pairs[0]!, chosenIds: [999] }], 1);
    const extra = await extraFor('dpo', batchOf(pairs, 1));
    const error = await userErrorOf(() => trainer.update(foreign, extra, 1, 0));
    expect(error.message).toMatchInlineSnapshot(
      `"batch: token id 999 at position 3, and the model has the ids 0 to 159. Use the tokenizer that belongs to the model."`,
    );
  });
});

const likelihood: LossFunction = ({ policyChosenLogps }) => tf.neg(policyChosenLogps!);

describe('a loss of the user', () => {
  const settings = { lossOptions: {}, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false, mode: 'eager' } as const;

  test('is a function of the inputs that DPO has, and trains', async () => {
    const trainer = createTrainer({ policy, loss: likelihood, ...settings });
    const batch = batchOf(pairs, 3);
    const extra = await extraFor('dpo', batch);
    const first = await trainer.update(batch, extra, 1, 1e-3);
    expect(first.loss).toBeCloseTo(-first.logps[0]!.reduce((sum, logp) => sum + logp, 0) / 3, 4);
    expect((await trainer.update(batch, extra, 2, 1e-3)).loss).toBeLessThan(first.loss);
    trainer.dispose();
    await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
  });

  test('that takes the mean itself is refused by name', async () => {
    const averaged: LossFunction = (inputs) => tf.mean(likelihood(inputs, {}));
    const trainer = createTrainer({ policy, loss: averaged, ...settings });
    const batch = batchOf(pairs, 3);
    await expect(trainer.update(batch, await extraFor('dpo', batch), 1, 0)).rejects.toThrow(
      /^averaged: a loss must return one value per example, shape \[3\], got \[\]\. Leave the mean to the trainer/,
    );
    trainer.dispose();
  });
});
