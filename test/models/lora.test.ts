import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { pairBatches } from '../../datasets/index.ts';
import { LOSSES } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import {
  capLogits,
  causalHidden,
  loadAdapter,
  loadPolicy,
  loraSchema,
  mergeAdapter,
  outputEmbedding,
  readSafetensors,
  readWeights,
  saveAdapter,
  savePolicy,
  trainableParameters,
  trainingWeights,
  unmergeAdapter,
  withAdapter,
  withoutAdapter,
  writeSafetensors,
  type Policy,
} from '../../src/models/index.ts';
import { parameterOf } from '../../src/models/lora/adapter.ts';
import { linearsOf, loraScale, targetsOf } from '../../src/models/lora/loraConfig.ts';
import { createTrainer, createSequenceScorer } from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS, largestDistance } from './modelCases.ts';

beforeAll(async () => {
  await startEngine();
});

const IDS = [5, 6, 7, 8, 9, 10, 11, 12];

async function logitsOf(policy: Policy): Promise<Float32Array> {
  const logits = tf.tidy(() => {
    const weights = readWeights(policy);
    const hidden = causalHidden(policy.config, weights, tf.tensor2d([IDS], undefined, 'int32'));
    const rows = tf.reshape(hidden, [IDS.length, policy.config.hiddenSize]);
    return capLogits(policy.config, tf.matMul(rows, outputEmbedding(policy.config, weights), false, true));
  });
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return values;
}

/** A golden model with an adapter whose B is not zero. */
async function adaptedModel(name: string, options: Parameters<typeof withAdapter>[1] = {}): Promise<Policy> {
  const policy = withAdapter(await loadPolicy(join(GOLDEN_MODELS, name)), { rank: 4, alpha: 8, ...options }, 1);
  onTestFinished(() => policy.dispose());
  for (const [key, parameter] of policy.adapter!.parameters) {
    if (!key.includes('lora_B')) continue;
    const value = tf.randomNormal([...parameter.shape], 0, 0.1, 'float32', 3);
    parameter.assign(value);
    value.dispose();
  }
  return policy;
}

test('a new adapter changes nothing', async () => {
  const base = await loadPolicy(join(GOLDEN_MODELS, 'llama'));
  const before = await logitsOf(base);
  const policy = withAdapter(base, {}, 1);
  expect(await logitsOf(policy)).toEqual(before);
  policy.dispose();
});

test('an adapter adds scale * B A to the matrix', async () => {
  const policy = await adaptedModel('llama', { targetModules: ['layers.1.mlp.down_proj'] });
  const target = 'model.layers.1.mlp.down_proj';
  const [a, b, w] = await Promise.all(
    [`${target}.lora_A.weight`, `${target}.lora_B.weight`]
      .map((name) => policy.adapter!.parameters.get(name)!)
      .concat(policy.parameters.get(`${target}.weight`)!)
      .map(async (parameter) => (await parameter.read().array()) as number[][]),
  );
  const scale = 8 / 4;
  const expected = w!.map((row, i) =>
    row.map((value, j) => value + scale * a!.reduce((sum, down, k) => sum + b![i]![k]! * down[j]!, 0)),
  );
  const changed = parameterOf(`${target}.weight`, Float32Array.from(expected.flat()), [w!.length, w![0]!.length]);
  const whole = { ...withoutAdapter(policy), parameters: new Map(policy.parameters).set(`${target}.weight`, changed) };
  expect(largestDistance(await logitsOf(policy), await logitsOf(whole))).toBeLessThan(2e-5);
  expect(largestDistance(await logitsOf(policy), await logitsOf(withoutAdapter(policy)))).toBeGreaterThan(1e-3);
  changed.dispose();
});

describe.each(['llama', 'gpt2', 'gpt_neox', 'phi3', 'gemma2', 'qwen3'])('%s', (name) => {
  test('computes the same with its adapter merged, and what it did before when it is taken off', async () => {
    const policy = await adaptedModel(name);
    const base = await logitsOf(withoutAdapter(policy));
    const adapterLogits = await logitsOf(policy);
    expect(largestDistance(adapterLogits, base)).toBeGreaterThan(1e-2);
    mergeAdapter(policy);
    expect(largestDistance(await logitsOf(policy), adapterLogits)).toBeLessThan(5e-5);
    unmergeAdapter(policy);
    expect(largestDistance(await logitsOf(policy), adapterLogits)).toBeLessThan(5e-5);
    expect(largestDistance(await logitsOf(withoutAdapter(policy)), base)).toBeLessThan(5e-5);
  });

  test('is the same after its adapter was saved in PEFT layout and loaded again', async () => {
    const policy = await adaptedModel(name, { targetModules: 'all-linear', rsLora: true });
    const folder = join(await temporaryFolder(), 'adapter');
    await saveAdapter(policy, folder, { baseModel: 'some/model' });
    const loaded = await loadAdapter(await loadPolicy(join(GOLDEN_MODELS, name)), folder);
    expect(await logitsOf(loaded)).toEqual(await logitsOf(policy));
    expect(loaded.adapter!.config).toEqual(policy.adapter!.config);
    const again = join(await temporaryFolder(), 'adapter');
    await saveAdapter(loaded, again, { baseModel: 'some/model' });
    for (const file of ['adapter_config.json', 'adapter_model.safetensors']) {
      expect(await readFile(join(again, file))).toEqual(await readFile(join(folder, file)));
    }
    loaded.dispose();
  });
});

test('a model whose weights were saved without a head is the same model, and its adapter has the usual names', async () => {
  const folder = await temporaryFolder();
  const source = join(GOLDEN_MODELS, 'gpt2');
  const stored = await readSafetensors(source);
  const bare = new Map([...stored].map(([name, tensor]) => [name.replace(/^transformer\./, ''), tensor]));
  await copyFile(join(source, 'config.json'), join(folder, 'config.json'));
  await writeSafetensors(join(folder, 'model.safetensors'), bare);
  const policy = await loadPolicy(folder);
  const whole = await loadPolicy(source);
  expect(await logitsOf(policy)).toEqual(await logitsOf(whole));
  const saved = join(await temporaryFolder(), 'saved');
  await savePolicy(policy, saved);
  expect(await readFile(join(saved, 'model.safetensors'))).toEqual(await readFile(join(folder, 'model.safetensors')));
  const adapter = join(await temporaryFolder(), 'adapter');
  await saveAdapter(withAdapter(policy, { rank: 2 }, 1), adapter);
  const names = [...(await readSafetensors(join(adapter, 'adapter_model.safetensors'))).keys()];
  expect(names[0]).toBe('base_model.model.transformer.h.0.attn.c_attn.lora_A.weight');
  expect(await logitsOf(await loadAdapter(whole, adapter))).toEqual(await logitsOf(policy));
  policy.dispose();
  whole.dispose();
});

test('training moves the adapter alone, and the base is the reference without a second model', async () => {
  const policy = withAdapter(
    await loadPolicy(join(GOLDEN_MODELS, 'llama')),
    { rank: 4, dropout: 0.1, targetModules: ['q_proj', 'v_proj'] },
    1,
  );
  onTestFinished(() => policy.dispose());
  const reference = withoutAdapter(policy);
  const base = await logitsOf(reference);
  const rows = [
    { id: 'one', promptIds: [5, 6, 7], chosenIds: [8, 9, 2], rejectedIds: [10, 11, 12, 2] },
    { id: 'two', promptIds: [9, 8], chosenIds: [20, 21, 22, 2], rejectedIds: [23, 2] },
  ];
  const [batch] = pairBatches(rows, { batchSize: 2, maxLength: 16, padTokenId: 0, order: 'given' });
  const scorer = createSequenceScorer(reference, { batchSize: 2, padToken: 0, bf16: false });
  const scores = async (side: 'chosenIds' | 'rejectedIds'): Promise<Float32Array> =>
    Float32Array.from(await scorer.score(rows.map((row) => ({ promptIds: row.promptIds, completionIds: row[side] }))));
  const extra = { refChosenLogps: await scores('chosenIds'), refRejectedLogps: await scores('rejectedIds') };
  const train = async (): Promise<number[]> => {
    const trainer = createTrainer({
      policy,
      loss: LOSSES.dpo,
      lossOptions: { beta: 0.1 },
      clipNorm: 1,
      weightDecay: 0,
      padToken: 0,
      bf16: false,
    });
    expect([...trainer.optimizer.state.keys()].every((key) => key.includes('lora_'))).toBe(true);
    const losses: number[] = [];
    for (let step = 1; step <= 20; step++) losses.push((await trainer.update(batch!, extra, step, 0.02)).loss);
    trainer.dispose();
    return losses;
  };
  const losses = await train();
  // The reference is the policy's own start.
  expect(losses[0]).toBeCloseTo(Math.LN2, 5);
  expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  expect(await logitsOf(reference)).toEqual(base);
  expect(largestDistance(await logitsOf(policy), base)).toBeGreaterThan(1e-2);
  const folder = join(await temporaryFolder(), 'adapter');
  await saveAdapter(policy, folder);
  const loaded = await loadAdapter(await loadPolicy(join(GOLDEN_MODELS, 'llama')), folder);
  expect(await logitsOf(loaded)).toEqual(await logitsOf(policy));
  loaded.dispose();
  scorer.dispose();
});

test('what was compiled follows an adapter that is merged and taken off again', async () => {
  const policy = await adaptedModel('llama');
  const scorer = createSequenceScorer(policy, { batchSize: 2, padToken: 0, bf16: false });
  onTestFinished(() => scorer.dispose());
  const score = () => scorer.scoreTokens([{ promptIds: [5, 6, 7], completionIds: [8, 9, 10, 11] }]);
  const [apart] = await score();
  const [base] = await (async () => {
    const plain = createSequenceScorer(withoutAdapter(policy), { batchSize: 2, padToken: 0, bf16: false });
    onTestFinished(() => plain.dispose());
    return plain.scoreTokens([{ promptIds: [5, 6, 7], completionIds: [8, 9, 10, 11] }]);
  })();
  expect(largestDistance(apart!, base!)).toBeGreaterThan(1e-2);
  mergeAdapter(policy);
  expect(largestDistance((await score())[0]!, apart!)).toBeLessThan(5e-5);
  unmergeAdapter(policy);
  expect(largestDistance((await score())[0]!, apart!)).toBeLessThan(5e-5);
});

test('dropout follows the seed of a step, and no step is taken while the adapter is merged', async () => {
  const policy = await adaptedModel('llama', { dropout: 0.5 });
  const rows = [{ id: 'one', promptIds: [5, 6, 7], chosenIds: [8, 9, 2], rejectedIds: [10, 11, 12, 2] }];
  const [batch] = pairBatches(rows, { batchSize: 1, maxLength: 16, padTokenId: 0, order: 'given' });
  const options = { lossOptions: { beta: 0.1 }, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false } as const;
  const trainer = createTrainer({ policy, loss: LOSSES.dpo, ...options });
  onTestFinished(() => trainer.dispose());
  const extra = { refChosenLogps: Float32Array.of(-9), refRejectedLogps: Float32Array.of(-12) };
  const lossOf = async (step: number, seed: string) => (await trainer.update(batch!, extra, step, 0, seed)).loss;
  const first = await lossOf(1, 'round 1');
  expect(await lossOf(1, 'round 1')).toBe(first);
  expect(await lossOf(1, 'round 2')).not.toBe(first);
  expect(await lossOf(2, 'round 1')).not.toBe(first);
  mergeAdapter(policy);
  await expect(lossOf(1, 'round 1')).rejects.toThrow(/unmergeAdapter first/);
});

test('dropout keeps the mean of the adapter, and its mask follows the seed', async () => {
  const policy = await adaptedModel('llama', { dropout: 0.5, targetModules: ['layers.0.self_attn.q_proj'] });
  const hidden = async (seed: number | null): Promise<Float32Array> => {
    const states = tf.tidy(() => {
      const trained = Object.fromEntries([...trainableParameters(policy)].map(([name, p]) => [name, p.read()]));
      const weights = trainingWeights(policy, trained, seed === null ? undefined : tf.tensor1d([seed, 0], 'int32'));
      return policy.config.architecture.layers[0]!.linears[0]!.apply(
        tf.ones([1, 1, policy.config.hiddenSize]),
        weights,
      );
    });
    return (await states.data()) as Float32Array;
  };
  expect(await hidden(7)).toEqual(await hidden(7));
  expect(await hidden(7)).not.toEqual(await hidden(8));
  const draws = await Promise.all(Array.from({ length: 400 }, (_, seed) => hidden(seed)));
  const plain = await hidden(null);
  const mean = plain.map((_, i) => draws.reduce((sum, draw) => sum + draw[i]!, 0) / draws.length);
  const deviation = plain.map((_, i) =>
    Math.sqrt(draws.reduce((sum, draw) => sum + (draw[i]! - mean[i]!) ** 2, 0) / draws.length),
  );
  // Five standard errors of a mean of 400.
  plain.forEach((value, i) => expect(Math.abs(mean[i]! - value)).toBeLessThan((5 * deviation[i]!) / 20 + 1e-6));
});

test('targets are all linear maps, names by their endings, or a whole-name expression', async () => {
  const policy = await loadPolicy(join(GOLDEN_MODELS, 'llama'));
  const { config } = policy;
  const names = (targets: string | string[]): string[] => targetsOf(config, targets).map(({ name }) => name);
  expect(names('all-linear')).toEqual(linearsOf(config).map(({ name }) => name));
  expect(names('all-linear')).toHaveLength(14);
  expect(names(['q_proj', 'mlp.up_proj'])).toHaveLength(4);
  expect(names(['proj'])).toEqual([]);
  expect(names(String.raw`.*layers\.1\..*_proj`)).toHaveLength(7);
  expect(names('q_proj')).toEqual([]);
  policy.dispose();
});

test('the scale is alpha / rank, with rank-stabilized LoRA alpha / sqrt(rank)', () => {
  expect(loraScale({ rank: 16, alpha: 32, rsLora: false })).toBe(2);
  expect(loraScale({ rank: 16, alpha: 32, rsLora: true })).toBe(8);
  expect(loraSchema.parse({})).toMatchObject({ rank: 16, alpha: 32, dropout: 0, targetModules: 'all-linear' });
});

describe('refuses', () => {
  test('options out of range, all at once', async () => {
    const policy = await loadPolicy(join(GOLDEN_MODELS, 'llama'));
    const error = await userErrorOf(() => withAdapter(policy, { rank: 0, dropout: 1 }, 1));
    expect(error.message).toContain('lora.rank');
    expect(error.message).toContain('lora.dropout');
    policy.dispose();
  });

  test('target names that fit nothing, with those there are', async () => {
    const policy = await loadPolicy(join(GOLDEN_MODELS, 'gpt2'));
    const error = await userErrorOf(() => withAdapter(policy, { targetModules: ['q_proj'] }, 1));
    expect(error.message).toContain('c_attn, c_proj, c_fc');
    expect((await userErrorOf(() => withAdapter(policy, { targetModules: '(' }, 1))).code).toBe('lora.targets');
    policy.dispose();
  });

  test('an adapter of another model, another kind, or without its files', async () => {
    const policy = await adaptedModel('llama');
    const base = withoutAdapter(policy);
    const folder = join(await temporaryFolder(), 'adapter');
    await saveAdapter(policy, folder);
    const other = await loadPolicy(join(GOLDEN_MODELS, 'qwen3'));
    expect((await userErrorOf(() => loadAdapter(other, folder))).code).toMatch(/^(weights\.disagree|lora\.targets)$/);
    other.dispose();
    const gpt2 = await loadPolicy(join(GOLDEN_MODELS, 'gpt_neox'));
    const path = join(folder, 'adapter_config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...config, target_modules: ['q_proj'] }));
    expect((await userErrorOf(() => loadAdapter(gpt2, folder))).code).toBe('lora.targets');
    gpt2.dispose();
    await writeFile(path, JSON.stringify({ ...config, use_dora: true, modules_to_save: ['lm_head'] }));
    const error = await userErrorOf(() => loadAdapter(base, folder));
    expect(error.message).toContain('use_dora');
    expect(error.message).toContain('modules_to_save');
    await writeFile(path, '{');
    expect((await userErrorOf(() => loadAdapter(base, folder))).code).toBe('lora.badConfig');
    expect((await userErrorOf(() => loadAdapter(base, GOLDEN_MODELS))).code).toBe('lora.noConfig');
  });

  test('merging twice, or using a merged adapter as if it were not', async () => {
    const policy = await adaptedModel('llama');
    expect(() => unmergeAdapter(policy)).toThrow(/not merged/);
    mergeAdapter(policy);
    expect(() => mergeAdapter(policy)).toThrow(/unmergeAdapter first/);
    expect(() => withoutAdapter(policy)).toThrow(/unmergeAdapter first/);
    expect(() => trainableParameters(policy)).toThrow(/unmergeAdapter first/);
    expect(() => mergeAdapter({ ...policy, adapter: undefined })).toThrow(/no adapter/);
  });

  test('saving whole weights without the adapter', async () => {
    const policy = await adaptedModel('llama');
    const folder = join(await temporaryFolder(), 'policy');
    await expect(savePolicy(policy, folder)).rejects.toThrow(/saveAdapter, or call mergeAdapter first/);
    mergeAdapter(policy);
    await savePolicy(policy, folder);
    const loaded = await loadPolicy(folder);
    expect(largestDistance(await logitsOf(loaded), await logitsOf(policy))).toBeLessThan(5e-5);
    loaded.dispose();
  });
});
