import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from 'nashtune/engine';
import { createPolicy, parseDecoderConfig, storedWeights } from 'nashtune/models';
import { createAdamW, createOptimizer, type OptimizerSettings } from 'nashtune/training';
import { beforeAll, expect, test } from 'vitest';

import { latestTrainingState, saveTrainingState } from '../../src/training/trainingState.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const config = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 8,
    hidden_size: 4,
    intermediate_size: 4,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 8,
    tie_word_embeddings: true,
  },
  'test',
);

beforeAll(async () => {
  await startEngine();
});

const optimizers: OptimizerSettings[] = [
  { name: 'adamw' },
  { name: 'adafactor' },
  { name: 'rmsprop', momentum: 0.9 },
  { name: 'lion' },
  { name: 'sgd' },
];

test.each(optimizers)(
  'a checkpoint with $name brings back weights and state, and replaces the one before it',
  async (settings) => {
    const folder = join(await temporaryFolder(), 'state');
    const [first, second] = [createPolicy(config, 1), createPolicy(config, 2)];
    const [trained, fresh] = [
      createOptimizer(first.parameters, settings),
      createOptimizer(second.parameters, settings),
    ];
    // Something to remember: a step along the weights themselves.
    tf.tidy(() => {
      const gradients = [...first.parameters.values()].map((weight) => weight.read());
      trained.apply(gradients, tf.scalar(1), tf.scalar(0.1));
    });
    await saveTrainingState(folder, 2, { policy: second, optimizer: fresh });
    await saveTrainingState(folder, 4, { policy: first, optimizer: trained });
    expect(await readdir(folder)).toEqual(['step-4.safetensors']);

    if (trained.state.size > 0)
      expect(await storedWeights(fresh.state)).not.toEqual(await storedWeights(trained.state));
    expect(await latestTrainingState(folder, { policy: second, optimizer: fresh })).toBe(4);
    expect(await storedWeights(second.parameters)).toEqual(await storedWeights(first.parameters));
    expect(await storedWeights(fresh.state)).toEqual(await storedWeights(trained.state));
    for (const model of [first, second, trained, fresh]) model.dispose();
  },
);

test('without a checkpoint training starts at step 0', async () => {
  const policy = createPolicy(config, 1);
  const adam = createAdamW(policy.parameters);
  expect(await latestTrainingState(join(await temporaryFolder(), 'none'), { policy, optimizer: adam })).toBe(0);
  adam.dispose();
  policy.dispose();
});
