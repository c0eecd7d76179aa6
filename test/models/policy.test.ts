import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { compile, engineMemory, parameterBytes, startEngine } from '../../src/engine/index.ts';
import {
  causalHidden,
  createPolicy,
  loadPolicy,
  loadWeights,
  openWeights,
  outputEmbedding,
  parseDecoderConfig,
  readSafetensors,
  readWeights,
  savePolicy,
  storedWeights,
  writeSafetensors,
  type DecoderConfig,
  type Policy,
  type StoredDtype,
  type StoredTensor,
  type WeightFiles,
} from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS, largestDistance, loadGoldenPolicy } from './modelCases.ts';
import { shardName, typed, writeIndex, writeShards, writeTyped, type TypedTensor } from './shards.ts';

const LLAMA = join(GOLDEN_MODELS, 'llama');
const TRAJECTORY = join(GOLDEN_MODELS, '..', 'trl_trajectory', 'model');

beforeAll(async () => {
  await startEngine();
});

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** The golden configuration with other fields. */
async function goldenConfig(fields: object = {}): Promise<DecoderConfig> {
  const source = JSON.parse(await readFile(join(LLAMA, 'config.json'), 'utf8')) as object;
  return parseDecoderConfig({ ...source, ...fields }, 'test');
}

/** Writes the golden model with other types, in as many files as asked for. */
async function writeModel(
  folder: string,
  parts: number,
  dtypeOf: (name: string) => StoredDtype,
  change: (name: string, data: Float32Array) => void = () => undefined,
): Promise<void> {
  const config = await goldenConfig();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), `${JSON.stringify(config.source, null, 2)}\n`);
  const stored = [...(await readSafetensors(LLAMA))];
  const shards: Record<string, Record<string, TypedTensor>> = {};
  for (const [i, [name, { shape, data }]] of stored.entries()) {
    change(name, data);
    const file = parts === 1 ? 'model.safetensors' : shardName(1 + Math.floor((i * parts) / stored.length), parts);
    shards[file] = { ...shards[file], [name]: { dtype: dtypeOf(name), shape, data } };
  }
  if (parts === 1) await writeTyped(join(folder, 'model.safetensors'), shards['model.safetensors']!);
  else await writeShards(folder, shards);
}

const inMixedTypes = (name: string): StoredDtype => (/norm/.test(name) ? 'F32' : /mlp/.test(name) ? 'F16' : 'BF16');

/** The file of each tensor, in the order in which they are stored. */
const places = ({ entries }: WeightFiles): string[][] =>
  [...entries].map(([weight, { file }]) => [weight, basename(file)]);

/** A folder's files by name. */
async function contents(folder: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

describe('saving', () => {
  test.each<[string, (name: string) => StoredDtype]>([
    ['float32', () => 'F32'],
    ['float16', () => 'F16'],
    ['bfloat16', () => 'BF16'],
    ['several types', inMixedTypes],
  ])('what was loaded gives the same bytes, frozen or not, in one file or several: %s', async (_, dtypeOf) => {
    const folder = await temporaryFolder();
    for (const parts of [1, 3]) {
      const original = join(folder, `original-${parts}`);
      await writeModel(original, parts, dtypeOf);
      for (const frozen of [false, true]) {
        const saved = join(folder, `saved-${parts}-${frozen}`);
        const policy = await loadPolicy(original, { frozen });
        await savePolicy(policy, saved);
        expect(await contents(saved)).toEqual(await contents(original));
        policy.dispose();
      }
    }
  });

  test("keeps the bytes of transformers' own file", async () => {
    const folder = join(await temporaryFolder(), 'deep', 'saved');
    const policy = await loadGoldenPolicy();
    await savePolicy(policy, folder);
    const [own, theirs] = [await contents(folder), await contents(LLAMA)];
    expect(own['model.safetensors']).toEqual(theirs['model.safetensors']);
    expect(JSON.parse(own['config.json']!.toString())).toEqual(JSON.parse(theirs['config.json']!.toString()));
    policy.dispose();
  });

  test.each([
    ['F32', 'float32', 4],
    ['F16', 'float16', 2],
    ['BF16', 'bfloat16', 2],
  ] as const)('takes the type that is asked for, says so and keeps the files: %s', async (dtype, name, bytes) => {
    const folder = await temporaryFolder();
    const [original, saved] = [join(folder, 'original'), join(folder, 'saved')];
    await writeModel(original, 3, inMixedTypes);
    const policy = await loadPolicy(original);
    await savePolicy(policy, saved, { dtype });
    expect(JSON.parse(await readFile(join(saved, 'config.json'), 'utf8'))).toEqual({
      ...policy.config.source,
      dtype: name,
    });
    const [before, after] = [await openWeights(original), await openWeights(saved)];
    expect(new Set([...after.entries.values()].map((entry) => entry.dtype))).toEqual(new Set([dtype]));
    expect(places(after)).toEqual(places(before));
    const size = [...policy.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(after.layout.index!.metadata).toEqual({ total_size: bytes * size });
    policy.dispose();
    await Promise.all([before.close(), after.close()]);
  });

  test('leaves out tensors that the model does not use, and names them', async () => {
    const folder = await temporaryFolder();
    const [original, saved] = [join(folder, 'original'), join(folder, 'saved')];
    await writeModel(original, 2, () => 'F32');
    const index = JSON.parse(await readFile(join(original, 'model.safetensors.index.json'), 'utf8')) as {
      weight_map: Record<string, string>;
    };
    const extra = 'model-extra.safetensors';
    await writeTyped(join(original, extra), { 'rotary.inv_freq': typed('F32', [1, 2]) });
    const before = await contents(original);
    await writeIndex(original, { ...index, weight_map: { 'rotary.inv_freq': extra, ...index.weight_map } });
    const policy = await loadPolicy(original);
    expect(policy.unused).toEqual(['rotary.inv_freq']);
    await savePolicy(policy, saved);
    const { [extra]: _, ...rest } = before;
    expect(await contents(saved)).toEqual(rest);
    policy.dispose();
  });

  test('made from nothing writes one file in float32, and says so', async () => {
    const folder = join(await temporaryFolder(), 'saved');
    const config = await goldenConfig({ dtype: 'bfloat16' });
    const policy = createPolicy(config, 1);
    await savePolicy(policy, folder);
    expect(await readdir(folder)).toEqual(['config.json', 'model.safetensors']);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toEqual({
      ...config.source,
      dtype: 'float32',
    });
    expect([...(await readSafetensors(folder))]).toEqual([...(await storedWeights(policy.parameters))]);
    policy.dispose();
  });

  test('refuses values that would become infinite, naming their weights, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const policy = createPolicy(await goldenConfig({ initializer_range: 1e5 }), 1);
    const { code, message } = await userErrorOf(
      () => savePolicy(policy, join(folder, 'saved'), { dtype: 'F16' }),
      folder,
    );
    expect(code).toBe('weights.overflow');
    expect(message).toMatchInlineSnapshot(
      `"./saved: values too large for the type in model.embed_tokens.weight (F16); model.layers.0.self_attn.q_proj.weight (F16); model.layers.0.self_attn.k_proj.weight (F16); model.layers.0.self_attn.v_proj.weight (F16); model.layers.0.self_attn.o_proj.weight (F16); and 11 more. Save with dtype F32."`,
    );
    expect(await readdir(folder)).toEqual([]);
    policy.dispose();
  });

  test("writes the type under transformers 4's key where the configuration has only that", async () => {
    const folder = join(await temporaryFolder(), 'saved');
    const { dtype: _, ...old } = JSON.parse(await readFile(join(LLAMA, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const policy = createPolicy(parseDecoderConfig({ ...old, torch_dtype: 'bfloat16' }, 'test'), 1);
    await savePolicy(policy, folder, { dtype: 'F16' });
    const saved = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(saved).toEqual({ ...old, torch_dtype: 'float16' });
    policy.dispose();
  });

  test('takes the tokenizer files of a companion folder along', async () => {
    const folder = join(await temporaryFolder(), 'saved');
    const policy = await loadPolicy(TRAJECTORY);
    await savePolicy(policy, folder, { companions: TRAJECTORY });
    expect((await readdir(folder)).sort()).toEqual([
      'chat_template.jinja',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readFile(join(folder, 'tokenizer.json'))).toEqual(await readFile(join(TRAJECTORY, 'tokenizer.json')));
    policy.dispose();
  });

  test('leaves nothing behind when it fails on its way', async () => {
    const folder = await temporaryFolder();
    const policy = await loadGoldenPolicy();
    const companions = join(folder, 'no such folder');
    await expect(savePolicy(policy, join(folder, 'saved'), { companions })).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).toEqual([]);
    policy.dispose();
  });

  test('does not replace a folder that holds something', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'mine.txt'), 'mine');
    const policy = await loadGoldenPolicy();
    expect((await userErrorOf(() => savePolicy(policy, folder), folder)).message).toMatchInlineSnapshot(
      `".: the folder exists and is not empty. Give the name of a new one."`,
    );
    expect(await readdir(folder)).toEqual(['mine.txt']);
    policy.dispose();
  });
});

const IDS = [3, 14, 15, 92, 65, 35];

function logitsOf(policy: Policy, ids: tf.Tensor2D): tf.Tensor2D {
  const weights = readWeights(policy);
  const hidden = causalHidden(policy.config, weights, ids);
  const rows = tf.reshape(hidden, [ids.size, policy.config.hiddenSize]);
  return tf.matMul(rows, outputEmbedding(policy.config, weights), false, true);
}

/** Changes the weights of a saved model. */
async function rewrite(folder: string, change: (weights: Map<string, StoredTensor>) => void): Promise<void> {
  const path = join(folder, 'model.safetensors');
  const weights = await readSafetensors(path);
  change(weights);
  await writeSafetensors(path, weights);
}

describe('a frozen policy', () => {
  test('holds bfloat16 in half the memory, computes the same and leaks nothing', async () => {
    const folder = await temporaryFolder();
    await writeModel(folder, 2, (name) => (name === 'lm_head.weight' ? 'F16' : 'BF16'));
    const before = [tf.memory().numTensors, engineMemory()];
    const bytes = async (frozen: boolean): Promise<[Policy, number]> => {
      const start = parameterBytes();
      return [await loadPolicy(folder, { frozen }), parameterBytes() - start];
    };
    const [plain, plainBytes] = await bytes(false);
    const [frozen, frozenBytes] = await bytes(true);
    const head = sizeOf(plain.parameters.get('lm_head.weight')!.shape);
    expect([plainBytes, frozenBytes]).toEqual([plainBytes, 4 * head + (plainBytes - 4 * head) / 2]);
    expect(await storedWeights(frozen.parameters)).toEqual(await storedWeights(plain.parameters));
    const ids = tf.tensor2d([IDS], undefined, 'int32');
    for (const mode of ['eager', 'graph', 'xla'] as const) {
      for (const bf16 of [false, true]) {
        const [expected, found] = [plain, frozen].map((policy) => {
          const forward = compile((x: tf.Tensor2D) => logitsOf(policy, x), { mode, bf16 });
          const logits = forward(ids);
          const values = logits.dataSync();
          logits.dispose();
          forward.dispose();
          return values;
        });
        expect(largestDistance(found!, expected!), `${mode}, bf16 ${bf16}`).toBeLessThan(1e-5);
      }
    }
    ids.dispose();
    plain.dispose();
    frozen.dispose();
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
  });

  test('takes no other weights', async () => {
    const policy = await loadPolicy(LLAMA, { frozen: true });
    const before = await storedWeights(policy.parameters);
    await expect(loadWeights(policy, LLAMA)).rejects.toThrow(
      'Parameter model.embed_tokens.weight is frozen and keeps its value.',
    );
    expect(await storedWeights(policy.parameters)).toEqual(before);
    policy.dispose();
  });
});

describe('loading refuses', () => {
  const messageOf = async (change: (folder: string) => Promise<unknown>): Promise<string> => {
    const folder = await temporaryFolder();
    await cp(LLAMA, folder, { recursive: true });
    await change(folder);
    return (await userErrorOf(() => loadPolicy(folder), folder)).message;
  };

  test('a folder that does not exist', async () => {
    expect(await messageOf((folder) => rm(folder, { recursive: true }))).toMatchInlineSnapshot(
      `".: no such folder. Give a model folder in Hugging Face layout."`,
    );
  });

  test('a folder without weights', async () => {
    expect(await messageOf((folder) => rm(join(folder, 'model.safetensors')))).toMatchInlineSnapshot(
      `"./model.safetensors: no such file, nor model.safetensors.index.json. Give the folder of a model with its weights."`,
    );
  });

  test('a pickle, telling how to convert it', async () => {
    const message = await messageOf(async (folder) => {
      await rm(join(folder, 'model.safetensors'));
      await writeFile(join(folder, 'pytorch_model.bin'), '');
    });
    expect(message).toMatchInlineSnapshot(
      `".: the weights are a pickle (pytorch_model.bin), which may run code. Convert them: python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('.').save_pretrained('.')""`,
    );
  });

  test('missing weights and weights of another shape', async () => {
    const message = await messageOf((folder) =>
      rewrite(folder, (weights) => {
        weights.delete('model.norm.weight');
        weights.set('lm_head.weight', { shape: [2], data: new Float32Array(2) });
      }),
    );
    expect(message).toMatchInlineSnapshot(
      `"./model.safetensors: model.norm.weight is missing; lm_head.weight has shape [2], expected [160, 32]. Use the config.json and the weights of one and the same model."`,
    );
  });

  test('weights of a type that cannot be computed with', async () => {
    const message = await messageOf(async (folder) => {
      const path = join(folder, 'model.safetensors');
      const text = await readFile(path, 'latin1');
      await writeFile(path, text.replace('lm_head.weight":{"dtype":"F32"', 'lm_head.weight":{"dtype":"I32"'), 'latin1');
    });
    expect(message).toMatchInlineSnapshot(
      `"./model.safetensors: lm_head.weight has type I32, expected F32, F16 or BF16. Use the config.json and the weights of one and the same model."`,
    );
  });

  test('weights that are not finite', async () => {
    const message = await messageOf((folder) =>
      rewrite(folder, (weights) => {
        weights.get('model.norm.weight')!.data[3] = Number.NaN;
      }),
    );
    expect(message).toMatchInlineSnapshot(
      `"./model.safetensors: values that are not finite in model.norm.weight. Use a checkpoint from before training diverged."`,
    );
  });

  test.each([false, true])('weights that are not finite in several files, naming each (frozen: %s)', async (frozen) => {
    const folder = await temporaryFolder();
    await writeModel(
      folder,
      2,
      (name) => (name === 'lm_head.weight' ? 'F16' : 'BF16'),
      (name, data) => {
        if (name === 'lm_head.weight') data[1] = Infinity;
        if (/norm/.test(name)) data[2] = Number.NaN;
      },
    );
    const before = [tf.memory().numTensors, engineMemory()];
    const { message } = await userErrorOf(() => loadPolicy(folder, { frozen }), folder);
    expect(message).toBe(
      './model-00001-of-00002.safetensors: values that are not finite in model.layers.0.input_layernorm.weight; ' +
        'model.layers.0.post_attention_layernorm.weight; lm_head.weight\n' +
        './model-00002-of-00002.safetensors: values that are not finite in model.layers.1.input_layernorm.weight; ' +
        'model.layers.1.post_attention_layernorm.weight; model.norm.weight. Use a checkpoint from before training diverged.',
    );
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
  });
});

test('random weights depend on the seed alone, spread as the configuration says, norms at one', async () => {
  const config = await goldenConfig({ initializer_range: 0.5 });
  const [one, again, other] = [createPolicy(config, 1), createPolicy(config, 1), createPolicy(config, 2)];
  const weights = await storedWeights(one.parameters);
  expect(await storedWeights(again.parameters)).toEqual(weights);
  expect(await storedWeights(other.parameters)).not.toEqual(weights);
  expect(new Set(weights.get('model.norm.weight')!.data)).toEqual(new Set([1]));
  const { data } = weights.get('lm_head.weight')!;
  const deviation = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  expect(deviation).toBeGreaterThan(0.48);
  expect(deviation).toBeLessThan(0.52);
  for (const policy of [one, again, other]) policy.dispose();
});

test('loadWeights puts saved weights into a policy that exists', async () => {
  const policy = await loadGoldenPolicy();
  const expected = await storedWeights(policy.parameters);
  const fresh = createPolicy(policy.config, 1);
  await loadWeights(fresh, LLAMA);
  expect(await storedWeights(fresh.parameters)).toEqual(expected);
  policy.dispose();
  fresh.dispose();
});

test('loading and disposing leaks no tensors', async () => {
  const before = tf.memory().numTensors;
  const policy = await loadGoldenPolicy();
  policy.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

const LOGITS = `
import json, sys, torch
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
with torch.no_grad():
    print(json.dumps(model(torch.tensor([${JSON.stringify(IDS)}])).logits[0].flatten().tolist()))
`;
const python = process.env['NASHTUNE_PYTHON'];
if (python === undefined) {
  console.log('policy.test.ts: not tested that transformers loads saved policies: NASHTUNE_PYTHON names no python.');
}

test.skipIf(python === undefined)('transformers loads a saved policy and computes the same logits', async () => {
  const folder = await temporaryFolder();
  for (const dtype of ['F32', 'BF16'] as const) {
    const saved = join(folder, dtype);
    const original = await loadGoldenPolicy();
    await savePolicy(original, saved, { dtype });
    const policy = await loadPolicy(saved);
    const logits = tf.tidy(() => logitsOf(policy, tf.tensor2d([IDS], undefined, 'int32')));
    const { status, stdout, stderr } = spawnSync(python!, ['-c', LOGITS, saved], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(largestDistance(await logits.data(), JSON.parse(stdout) as number[])).toBeLessThan(2e-5);
    logits.dispose();
    original.dispose();
    policy.dispose();
  }
});
