import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { parseDecoderConfig, readDecoderConfig } from '../../src/models/index.ts';
import { rotaryOf } from '../../src/models/layers/ropeFrequencies.ts';
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
  const { architecture, ...sizes } = parseDecoderConfig(MINIMAL, 'config.json');
  expect(sizes).toEqual({
    family: 'llama',
    task: 'generation',
    vocabSize: 100,
    hiddenSize: 64,
    intermediateSize: 96,
    heads: 4,
    keyValueHeads: 4,
    headSize: 16,
    contextLength: 128,
    tiedEmbeddings: false,
    padTokenId: null,
    omittedPrefix: '',
    source: MINIMAL,
  });
  expect(architecture.layers).toHaveLength(2);
  expect(architecture.rotary).toEqual(rotaryOf(16, 10_000, { kind: 'default' }));
});

const rotary = (fields: object): unknown => parseDecoderConfig({ ...MINIMAL, ...fields }, '').architecture.rotary;

test('the base of the rotary angles is read where transformers 4 and 5 write it', () => {
  expect(rotary({ rope_theta: 5e5 })).toEqual(rotaryOf(16, 5e5, { kind: 'default' }));
  const parameters = { rope_theta: 2e5, rope_type: 'default' };
  expect(rotary({ rope_parameters: parameters })).toEqual(rotaryOf(16, 2e5, { kind: 'default' }));
});

test('scaled rotary angles are the same in the old and the new spelling', () => {
  const linear = rotaryOf(16, 5e5, { kind: 'linear', factor: 2 });
  expect(rotary({ rope_theta: 5e5, rope_scaling: { type: 'linear', factor: 2 } })).toEqual(linear);
  expect(rotary({ rope_theta: 5e5, rope_scaling: { rope_type: 'linear', factor: 2 } })).toEqual(linear);
  expect(rotary({ rope_parameters: { rope_theta: 5e5, rope_type: 'linear', factor: 2 } })).toEqual(linear);
});

test('a reward model has a head of its own, and needs exactly one label', async () => {
  const fields = { ...MINIMAL, architectures: ['LlamaForSequenceClassification'], tie_word_embeddings: true };
  const config = parseDecoderConfig({ ...fields, num_labels: 1, pad_token_id: 3 }, '');
  expect(config).toMatchObject({ task: 'scoring', tiedEmbeddings: false, padTokenId: 3 });
  expect(config.architecture.head).toMatchObject({ weight: 'score.weight', outputs: 1 });
  const error = await userErrorOf(() => parseDecoderConfig({ ...fields, id2label: { 0: 'a', 1: 'b' } }, 'config.json'));
  expect(error.message).toContain('a reward model has one label, this one has 2');
});

test('an unknown family is refused with the list of known ones', async () => {
  const error = await userErrorOf(() => parseDecoderConfig({ ...MINIMAL, model_type: 'mamba' }, 'config.json'));
  expect(error.code).toBe('model.unknownFamily');
  expect(error.message).toMatchInlineSnapshot(
    `"config.json: model_type "mamba" is not one that nashtune can run: llama, mistral, qwen2, qwen3, gemma2, gpt2, gpt_neox, phi3. Give a model of one of these families."`,
  );
});

test('layers slide where their types say so, else from max_window_layers on', () => {
  const windows = (fields: object): unknown[] =>
    parseDecoderConfig({ ...MINIMAL, sliding_window: 8, ...fields }, '').architecture.layers.map(
      ({ rule }) => rule.window,
    );
  expect(windows({ model_type: 'mistral' })).toEqual([8, 8]);
  expect(windows({ model_type: 'mistral', sliding_window: null })).toEqual([null, null]);
  expect(windows({ model_type: 'qwen2', use_sliding_window: true, max_window_layers: 1 })).toEqual([null, 8]);
  expect(windows({ model_type: 'qwen2', use_sliding_window: false, max_window_layers: 0 })).toEqual([null, null]);
  const layer_types = ['sliding_attention', 'full_attention'];
  expect(windows({ model_type: 'qwen3', use_sliding_window: true, layer_types })).toEqual([8, null]);
  expect(windows({ model_type: 'gemma2' })).toEqual([8, null]);
});

test('grouped heads, their size and tied embeddings are read', () => {
  const fields = { num_key_value_heads: 2, head_dim: 8, tie_word_embeddings: true, head_dim_unknown: 1 };
  expect(parseDecoderConfig({ ...MINIMAL, ...fields }, '')).toMatchObject({
    keyValueHeads: 2,
    headSize: 8,
    tiedEmbeddings: true,
  });
});

describe('refuses, listing everything', () => {
  test.each<[string, unknown]>([
    ['scaled rotary angles without their numbers', { ...MINIMAL, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    ['a kind of rotary angles that nobody knows', { ...MINIMAL, rope_parameters: { rope_theta: 1, rope_type: 'ntk' } }],
    ['another activation', { ...MINIMAL, hidden_act: 'gelu' }],
    ['missing and wrong numbers', { ...MINIMAL, vocab_size: -1, hidden_size: undefined, rms_norm_eps: 'small' }],
    ['heads that do not divide', { ...MINIMAL, num_attention_heads: 3, num_key_value_heads: 2, head_dim: 7 }],
    ['something else than an object', null],
  ])('%s', async (_, json) => {
    const error = await userErrorOf(() => parseDecoderConfig(json, 'config.json'));
    expect(error.code).toBe('model.badConfig');
    expect(error.message).toMatchSnapshot();
  });

  test('a folder without config.json', async () => {
    const folder = await temporaryFolder();
    expect((await userErrorOf(() => readDecoderConfig(folder), folder)).message).toMatchInlineSnapshot(
      `"./config.json: no such file. Give a model folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json)."`,
    );
  });

  test('a config.json that is no JSON', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), '{"model_type": ');
    expect((await userErrorOf(() => readDecoderConfig(folder), folder)).code).toBe('model.badConfig');
  });
});
