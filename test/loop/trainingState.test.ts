import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startEngine } from 'nashtune/engine';
import { createPolicy, parseDecoderConfig, storedWeights } from 'nashtune/models';
import { createAdamW } from 'nashtune/training';
import { beforeAll, expect, test } from 'vitest';

import { latestTrainingState, saveTrainingState } from '../../src/loop/trainingState.ts';
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

test('a checkpoint brings back weights and moments, and replaces the one before it', async () => {
  const folder = join(await temporaryFolder(), 'state');
  const [first, second] = [createPolicy(config, 1), createPolicy(config, 2)];
  const [adamFirst, adamSecond] = [createAdamW(first.parameters), createAdamW(second.parameters)];
  await saveTrainingState(folder, 2, second, adamSecond);
  await saveTrainingState(folder, 4, first, adamFirst);
  expect(await readdir(folder)).toEqual(['step-4.safetensors']);

  expect(await latestTrainingState(folder, second, adamSecond)).toBe(4);
  expect(await storedWeights(second.parameters)).toEqual(await storedWeights(first.parameters));
  for (const model of [first, second, adamFirst, adamSecond]) model.dispose();
});

test('without a checkpoint training starts at step 0', async () => {
  const policy = createPolicy(config, 1);
  const adam = createAdamW(policy.parameters);
  expect(await latestTrainingState(join(await temporaryFolder(), 'none'), policy, adam)).toBe(0);
  adam.dispose();
  policy.dispose();
});
