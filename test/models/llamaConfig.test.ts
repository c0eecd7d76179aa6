import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { parseLlamaConfig, readLlamaConfig } from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

const MINIMAL = {
  model_type: 'llama',
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  rms_norm_eps: 1e-6,
  max_position_embeddings: 128,
};

test('what a configuration leaves out is what transformers takes', () => {
  expect(parseLlamaConfig(MINIMAL, 'config.json')).toEqual({
    vocabSize: 100,
    hiddenSize: 64,
    intermediateSize: 96,
    layers: 2,
    heads: 4,
    keyValueHeads: 4,
    headSize: 16,
    normEpsilon: 1e-6,
    contextLength: 128,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    source: MINIMAL,
  });
});

test('the base of the rotary angles is read where transformers 4 and 5 write it', () => {
  expect(parseLlamaConfig({ ...MINIMAL, rope_theta: 5e5 }, '').ropeTheta).toBe(5e5);
  const rope = { rope_theta: 2e5, rope_type: 'default' };
  expect(parseLlamaConfig({ ...MINIMAL, rope_parameters: rope }, '').ropeTheta).toBe(2e5);
});

test('grouped heads, their size and tied embeddings are read', () => {
  const fields = { num_key_value_heads: 2, head_dim: 8, tie_word_embeddings: true, head_dim_unknown: 1 };
  expect(parseLlamaConfig({ ...MINIMAL, ...fields }, '')).toMatchObject({
    keyValueHeads: 2,
    headSize: 8,
    tiedEmbeddings: true,
  });
});

describe('refuses, listing everything', () => {
  test.each<[string, unknown]>([
    ['another family', { ...MINIMAL, model_type: 'qwen2' }],
    ['scaled rotary angles', { ...MINIMAL, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    ['scaled rotary angles of transformers 5', { ...MINIMAL, rope_parameters: { rope_theta: 1, rope_type: 'yarn' } }],
    ['biases and another activation', { ...MINIMAL, attention_bias: true, mlp_bias: true, hidden_act: 'gelu' }],
    ['missing and wrong numbers', { ...MINIMAL, vocab_size: -1, hidden_size: undefined, rms_norm_eps: 'small' }],
    ['heads that do not divide', { ...MINIMAL, num_attention_heads: 3, num_key_value_heads: 2, head_dim: 7 }],
    ['something else than an object', null],
  ])('%s', async (_, json) => {
    const error = await userErrorOf(() => parseLlamaConfig(json, 'config.json'));
    expect(error.code).toBe('model.badConfig');
    expect(error.message).toMatchSnapshot();
  });

  test('a folder without config.json', async () => {
    const folder = await temporaryFolder();
    expect((await userErrorOf(() => readLlamaConfig(folder), folder)).message).toMatchInlineSnapshot(
      `"./config.json: no such file. Give a model folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json)."`,
    );
  });

  test('a config.json that is no JSON', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), '{"model_type": ');
    expect((await userErrorOf(() => readLlamaConfig(folder), folder)).code).toBe('model.badConfig');
  });
});
