import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { mul, sub, sum } from '@tensorflow/tfjs-core';

import { pairBatches, type BatchOptions, type TokenizedPair } from '../../datasets/index.ts';
import type { LossEntry } from '../../losses/index.ts';
import { startEngine, type CompileMode } from '../../src/engine/index.ts';
import { loadWeights, storedWeights, withAdapter, type Policy } from '../../src/models/index.ts';
import { createSequenceScorer, createTrainer, type LossChoice, type StepResult } from '../../src/training/index.ts';
import { describeNative } from '../engine/nativeTests.ts';
import { GOLDEN_MODELS, loadGoldenPolicy } from '../models/modelCases.ts';

// Pairs of unlike lengths, so that padding, packing and pieces all differ from one another.
const pairs: TokenizedPair[] = Array.from({ length: 8 }, (_, i) => ({
  id: `pair ${i}`,
  promptIds: Array.from({ length: 1 + ((3 * i) % 7) }, (_unused, t) => 5 + ((i + t) % 90)),
  chosenIds: [...Array.from({ length: 1 + ((5 * i) % 9) }, (_unused, t) => 20 + ((2 * i + t) % 90)), 2],
  rejectedIds: [...Array.from({ length: 9 - i }, (_unused, t) => 40 + ((3 * i + t) % 90)), 2],
}));
const OPTIONS: BatchOptions = { batchSize: 8, maxLength: 128, padTokenId: 0, order: 'given' };

let policy: Policy;
let references: Record<string, Float32Array>;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
  const scorer = createSequenceScorer(policy, { batchSize: 8, padToken: 0, bf16: false });
  const score = async (side: 'chosenIds' | 'rejectedIds'): Promise<Float32Array> => {
    const sums = await scorer.score(pairs.map((pair) => ({ promptIds: pair.promptIds, completionIds: pair[side] })));
    // Away from the policy, so that the loss is not at its start.
    return Float32Array.from(sums, (value, i) => value - 1 + 0.3 * i);
  };
  references = { refChosenLogps: await score('chosenIds'), refRejectedLogps: await score('rejectedIds') };
  scorer.dispose();
});
afterAll(() => policy.dispose());

/** Depends on the whole batch: how far each margin is from the batch's sum of them. */
const coupled: LossEntry = {
  fn: ({ policyChosenLogps, policyRejectedLogps }) => {
    const margins = sub(policyChosenLogps!, policyRejectedLogps!);
    return mul(sub(margins, sum(margins)), margins);
  },
  inputs: ['policyChosenLogps', 'policyRejectedLogps'],
  needs: [],
  level: 'sequence',
  coupled: true,
};

async function oneStep(
  loss: LossChoice,
  change: Partial<BatchOptions>,
  list = pairs,
  how: { recompute?: boolean; mode?: CompileMode } = {},
): Promise<{ result: StepResult; weights: Awaited<ReturnType<typeof storedWeights>> }> {
  const trainer = createTrainer({
    policy,
    loss,
    lossOptions: { beta: 0.1 },
    clipNorm: 1,
    weightDecay: 0,
    optimizer: { name: 'sgd' },
    padToken: 0,
    bf16: false,
    mode: 'eager',
    ...how,
  });
  const batch = pairBatches(list, { ...OPTIONS, ...change }).next().value!;
  const extra = Object.fromEntries(
    Object.entries(references).map(([name, values]) => [name, values.slice(0, list.length)]),
  );
  const result = await trainer.update(batch, typeof loss === 'object' && loss === coupled ? {} : extra, 1, 0.1);
  const weights = await storedWeights(policy.parameters);
  await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
  trainer.dispose();
  return { result, weights };
}

function expectEqual(found: Awaited<ReturnType<typeof oneStep>>, wanted: Awaited<ReturnType<typeof oneStep>>): void {
  expect(Math.abs(found.result.loss / wanted.result.loss - 1)).toBeLessThan(1e-5);
  expect(Math.abs(found.result.gradNorm / wanted.result.gradNorm - 1)).toBeLessThan(1e-5);
  for (const [name, { data }] of wanted.weights) {
    const values = found.weights.get(name)!.data;
    expect(Math.max(...data.map((value, i) => Math.abs(value - values[i]!))), name).toBeLessThan(1e-6);
  }
  for (const side of [0, 1]) {
    found.result.logps[side]!.forEach((value, i) => {
      expect(Math.abs(value - wanted.result.logps[side]![i]!)).toBeLessThan(1e-4);
    });
  }
}

/** Ways to compute one batch. */
const WAYS: [string, Partial<BatchOptions>][] = [
  ['4 pieces of 2', { microBatchSize: 2 }],
  ['8 pieces of 1', { microBatchSize: 1 }],
  ['packed into one piece', { layout: 'packed', microBatchTokens: 1024 }],
  ['packed into many pieces', { layout: 'packed', microBatchTokens: 1 }],
  ['packed with shared prompts', { layout: 'shared-prompt', microBatchTokens: 1024 }],
  ['packed with shared prompts into many pieces', { layout: 'shared-prompt', microBatchTokens: 1 }],
];

describe.each<[string, LossChoice]>([
  ['dpo, which takes each pair by itself', 'dpo'],
  ['a loss that couples its batch', coupled],
])('%s', (_, loss) => {
  test.each(WAYS)('gives the same loss, gradient and log-probabilities in %s', async (_way, change) => {
    expectEqual(await oneStep(loss, change), await oneStep(loss, {}));
  });

  test('gives the same in a batch that is not full', async () => {
    const six = pairs.slice(0, 6);
    const wanted = await oneStep(loss, { batchSize: 6 }, six);
    expectEqual(await oneStep(loss, {}, six), wanted);
    expectEqual(await oneStep(loss, { microBatchSize: 4 }, six), wanted);
    expectEqual(await oneStep(loss, { layout: 'packed' }, six), wanted);
  });
});

test('a function of the user is taken to couple its batch, so that any function is right', async () => {
  const plain = (inputs: Parameters<typeof coupled.fn>[0]): ReturnType<typeof coupled.fn> => coupled.fn(inputs, {});
  expectEqual(await oneStep(plain, { microBatchSize: 2 }), await oneStep(coupled, {}));
});

test('activations that are computed again give the same step', async () => {
  const wanted = await oneStep('dpo', {});
  expectEqual(await oneStep('dpo', {}, pairs, { recompute: true }), wanted);
  expectEqual(await oneStep('dpo', { layout: 'packed' }, pairs, { recompute: true }), wanted);
});

test('evaluation gives the loss of an update and changes nothing', async () => {
  const trainer = createTrainer({
    policy,
    loss: 'dpo',
    lossOptions: { beta: 0.1 },
    clipNorm: 1,
    weightDecay: 0,
    padToken: 0,
    bf16: false,
    mode: 'eager',
  });
  const batch = pairBatches(pairs, { ...OPTIONS, layout: 'packed' }).next().value!;
  const before = await storedWeights(policy.parameters);
  const evaluated = await trainer.evaluate(batch, references);
  expect(await storedWeights(policy.parameters)).toEqual(before);
  const updated = await trainer.update(batch, references, 1, 0);
  expect(evaluated.loss).toBeCloseTo(updated.loss, 5);
  expect(evaluated.logps).toEqual(updated.logps);
  trainer.dispose();
});

describeNative('compiled', () => {
  test('pieces, packed rows and both passes of a coupled loss agree with operation by operation', async () => {
    for (const loss of ['dpo', coupled] as const) {
      const eager = await oneStep(loss, {});
      const trainer = createTrainer({
        policy,
        loss,
        lossOptions: { beta: 0.1 },
        clipNorm: 1,
        weightDecay: 0,
        padToken: 0,
        bf16: false,
      });
      const batch = pairBatches(pairs, { ...OPTIONS, layout: 'shared-prompt', microBatchTokens: 64 }).next().value!;
      expect(batch.microBatches.length).toBeGreaterThan(1);
      const extra = loss === 'dpo' ? references : {};
      const result = await trainer.update(batch, extra, 1, 0);
      expect(Math.abs(result.loss / eager.result.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(result.gradNorm / eager.result.gradNorm - 1)).toBeLessThan(1e-5);
      trainer.dispose();
    }
  });
});

describeNative('compiled with activations computed again', () => {
  test('gives the same step', async () => {
    expectEqual(await oneStep('dpo', {}, pairs, { recompute: true, mode: 'xla' }), await oneStep('dpo', {}));
  });
});

test('the dropout of an adapter is the same in both passes of a coupled loss', async () => {
  const base = await loadGoldenPolicy();
  const adapted = withAdapter(base, { rank: 2, dropout: 0.5 }, 1);
  // B starts at 0, where dropout changes nothing.
  for (const [name, parameter] of adapted.adapter!.parameters) {
    if (!name.includes('lora_B')) continue;
    const value = parameter.read();
    const moved = value.add(0.05);
    parameter.assign(moved);
    value.dispose();
    moved.dispose();
  }
  const settings = { lossOptions: {}, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false, mode: 'eager' } as const;
  const trainer = createTrainer({ policy: adapted, loss: coupled, ...settings });
  const [whole] = pairBatches(pairs, OPTIONS);
  const [filled] = pairBatches(pairs, { ...OPTIONS, batchSize: 9, microBatchSize: 9 });
  // The filler row makes it take two passes; dropout draws by place, so only the loss of the same rows is compared.
  const twoPasses = await trainer.update(filled!, {}, 1, 0);
  const again = await trainer.update(filled!, {}, 1, 0);
  expect(again).toEqual(twoPasses);
  const otherStep = await trainer.update(filled!, {}, 2, 0);
  expect(otherStep.loss).not.toBe(twoPasses.loss);
  const off = await trainer.evaluate(whole!, {});
  expect(off.loss).not.toBeCloseTo(twoPasses.loss, 3);
  trainer.dispose();
  adapted.dispose();
});
