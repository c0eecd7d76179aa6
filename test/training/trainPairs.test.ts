import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import type { TokenizedPair } from '../../datasets/index.ts';
import type { LossId } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { storedWeights, withAdapter, type Policy } from '../../src/models/index.ts';
import {
  createSchedule,
  createTrainer,
  trainPairs,
  type OptimizerSettings,
  type SequenceScorer,
  type TrainPairsOptions,
  type TrainedStep,
} from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

beforeAll(async () => {
  await startEngine();
});

const pairs: TokenizedPair[] = Array.from({ length: 7 }, (_, i) => ({
  id: `pair ${i}`,
  promptIds: [5 + i, 6, 7].slice(0, 1 + (i % 3)),
  chosenIds: [20 + i, 21, 22, 2],
  rejectedIds: [30 + i, 31, 2],
}));
const labels = {
  refChosenLogps: pairs.map((_, i) => -20 - i),
  refRejectedLogps: pairs.map((_, i) => -15 - i),
};

/** Trains the golden policy, or an adapter on it, and gives what was reported and the trained weights. */
async function train(
  change: Partial<TrainPairsOptions> & { optimizer?: OptimizerSettings; adapter?: boolean; loss?: LossId } = {},
): Promise<{ steps: TrainedStep[]; evaluations: object[]; alarms: string[]; weights: object }> {
  const { optimizer, adapter, loss = 'dpo', ...rest } = change;
  const base = await loadGoldenPolicy();
  const policy: Policy = adapter ? withAdapter(base, { rank: 2, dropout: 0.1 }, 1) : base;
  const trainer = createTrainer({
    policy,
    loss,
    lossOptions: { beta: 0.1 },
    clipNorm: 1,
    weightDecay: 0.01,
    optimizer,
    ema: { decay: 0.9 },
    padToken: 0,
    bf16: false,
    mode: 'eager',
  });
  const steps: TrainedStep[] = [];
  const evaluations: object[] = [];
  const alarms: string[] = [];
  try {
    await trainPairs({
      trainer,
      pairs,
      labels,
      epochs: 2,
      batching: { batchSize: 2, microBatchSize: 1 },
      seed: 1,
      scheduleOf: (total) => createSchedule({ name: 'cosine', peak: 1e-3, total, warmupSteps: 2 }),
      onStep: (step) => steps.push(step),
      onEvaluation: (result) => evaluations.push(result),
      onAlarm: (text) => alarms.push(text),
      ...rest,
    });
    const trained = new Map([...(policy.adapter?.parameters ?? policy.parameters), ...trainer.ema!.state]);
    return { steps, evaluations, alarms, weights: await storedWeights(trained) };
  } finally {
    trainer.dispose();
    policy.dispose();
  }
}

test('every epoch takes every pair, and each step says what it did', async () => {
  const { steps } = await train();
  expect(steps.map(({ step, total, epoch }) => [step, total, epoch])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((step) => [step, 8, step <= 4 ? 0 : 1]),
  );
  const all = 2 * pairs.reduce((sum, pair) => sum + 2 * pair.promptIds.length + 7, 0);
  expect(steps.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(all);
  expect(Object.keys(steps[0]!.values)).toEqual(
    expect.arrayContaining(['loss', 'grad_norm', 'rewards/margins', 'logps/chosen', 'learning_rate']),
  );
  expect(steps.at(-1)!.values['loss']).toBeLessThan(steps[0]!.values['loss']!);
});

test('evaluation gives the loss of other pairs, at its steps and at the end, and changes nothing', async () => {
  const evaluation = { pairs: pairs.slice(0, 3), labels, every: 3 };
  const [with_, without] = [await train({ evaluation }), await train()];
  expect(with_.evaluations).toMatchObject([{ step: 3 }, { step: 6 }, { step: 8 }]);
  expect(Object.keys((with_.evaluations[0] as { values: object }).values)).toContain('rewards/accuracies');
  expect(with_.weights).toEqual(without.weights);
});

describe.each<[string, { optimizer?: OptimizerSettings; adapter?: boolean; loss?: LossId }]>([
  ['all weights by RMSprop', { optimizer: { name: 'rmsprop', momentum: 0.5 } }],
  ['an adapter with dropout by AdamW', { adapter: true }],
  ['BCO with its running mean of rewards', { loss: 'bco_pair_running' }],
])('%s', (_, settings) => {
  test('a run that is stopped and goes on ends with the weights of one that was not, bit for bit', async () => {
    const folder = join(await temporaryFolder(), 'state');
    const whole = await train(settings);
    const checkpoints = { folder, every: 2 };
    const stop = new AbortController();
    const saved: number[] = [];
    const interrupted = train({
      ...settings,
      checkpoints,
      signal: stop.signal,
      onStep: ({ step }) => step === 3 && stop.abort(),
      onCheckpoint: (step) => saved.push(step),
    });
    await expect(interrupted).rejects.toThrow();
    // What was measured is on disk before each checkpoint, also the last one.
    expect(saved).toEqual([2, 3]);
    expect(await readdir(folder)).toEqual(['step-3.safetensors']);
    // As if it had been killed: step 4 is lost, the checkpoint of step 4 was not yet written.
    const resumed = await train({ ...settings, checkpoints });
    expect(resumed.steps[0]!.step).toBe(4);
    expect(resumed.weights).toEqual(whole.weights);
  });
});

test('a loss that is not finite stops training and names the pairs', async () => {
  const error = await userErrorOf(() => train({ scheduleOf: () => () => 1e30, batching: { batchSize: 7 }, epochs: 3 }));
  expect(error.code).toBe('train.notFinite');
  expect(error.message).toMatch(
    /^Step \d: the loss is .*(NaN|Infinity) on the pairs pair \d, .*Lower train\.learningRate/s,
  );
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

test('KTO takes the divergence from mismatched prompts and answers, and asks for what scores the reference', async () => {
  const base = await loadGoldenPolicy();
  const options = { lossOptions: { beta: 0.1 }, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false } as const;
  const trainer = createTrainer({ policy: base, loss: 'kto', ...options, mode: 'eager' });
  const asked: number[][] = [];
  const referenceScorer: Pick<SequenceScorer, 'score'> = {
    score: async (sequences) => {
      asked.push(...sequences.map(({ promptIds, completionIds }) => [promptIds[0]!, completionIds[0]!]));
      // Two nats below the policy, so that the estimate is 2.
      return (await trainer.scorer.score(sequences)).map((value) => value - 2);
    },
  };
  const three = pairs.slice(0, 3);
  const run = (change: Partial<TrainPairsOptions>): Promise<unknown> =>
    trainPairs({
      trainer,
      pairs: three,
      labels,
      epochs: 1,
      batching: { batchSize: 3 },
      seed: 1,
      scheduleOf: () => () => 0,
      ...change,
    });
  await expect(run({})).rejects.toThrow(/^kto: expected kl with 1 entries/);
  const losses: number[] = [];
  await run({ referenceScorer, onStep: ({ values }) => losses.push(values['loss']!) });
  // Every prompt with the answer of another pair.
  expect(asked.map(([prompt, answer]) => answer! - 15 !== prompt)).toEqual([true, true, true]);
  const scores = async (side: 'chosenIds' | 'rejectedIds'): Promise<Float64Array> =>
    trainer.scorer.score(three.map((pair) => ({ promptIds: pair.promptIds, completionIds: pair[side] })));
  const [chosen, rejected] = [await scores('chosenIds'), await scores('rejectedIds')];
  const wanted = three.flatMap((_, i) => [
    1 - sigmoid(0.1 * (chosen[i]! - labels.refChosenLogps[i]! - 2)),
    1 - sigmoid(0.1 * (2 - (rejected[i]! - labels.refRejectedLogps[i]!))),
  ]);
  expect(losses[0]).toBeCloseTo(wanted.reduce((sum, value) => sum + value, 0) / 6, 5);
  // Alone it has no other prompt: as if the divergence were 0.
  const alone: number[] = [];
  await run({ referenceScorer, batching: { batchSize: 1 }, onStep: ({ values }) => alone.push(values['loss']!) });
  const single = chosen.map((logp, i) => {
    const [won, lost] = [logp - labels.refChosenLogps[i]!, rejected[i]! - labels.refRejectedLogps[i]!];
    return (1 - sigmoid(0.1 * won) + 1 - sigmoid(-0.1 * lost)) / 2;
  });
  expect(alone.reduce((sum, value) => sum + value, 0)).toBeCloseTo(
    single.reduce((sum, value) => sum + value, 0),
    5,
  );
  expect(Math.max(...alone)).toBeCloseTo(Math.max(...single), 5);
  trainer.dispose();
  base.dispose();
});

test('labels that cannot be stop training and name the pair', async () => {
  const wrong = { ...labels, refRejectedLogps: labels.refRejectedLogps.with(4, 3) };
  await expect(train({ labels: wrong, batching: { batchSize: 7 } })).rejects.toThrow(
    /^dpo: wrong inputs:\n {2}refRejectedLogps of pair 4: expected a finite log-probability, not above 0, found 3/,
  );
});

test('a loss that starts elsewhere than it must is refused', async () => {
  await expect(train({ startsAtReference: true })).rejects.toThrow(/^Step 0: .* the loss must be 0\.693/);
});

test('chosen answers that become less likely are reported once', async () => {
  // The reference likes the chosen answers far better than the policy does.
  const low = { ...labels, refChosenLogps: pairs.map(() => -1) };
  const { alarms } = await train({ labels: low, epochs: 6 });
  expect(alarms).toEqual([expect.stringMatching(/^step 20: the chosen answers have become less likely .* nats\./)]);
});
