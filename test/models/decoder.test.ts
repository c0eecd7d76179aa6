import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { compile, startEngine, type CompileMode } from '../../src/engine/index.ts';
import {
  causalAttention,
  causalHidden,
  causalScores,
  groupedAttention,
  MASKED,
  weightShapes,
  loadPolicy,
  parseDecoderConfig,
  readWeights,
  sequenceScores,
  type Heads,
} from '../../src/models/index.ts';
import { rotaryOf } from '../../src/models/layers/ropeFrequencies.ts';
import { rotaryTable } from '../../src/models/layers/rotary.ts';
import { sequenceLogProbs } from '../../src/training/index.ts';
import { describeNative } from '../engine/nativeTests.ts';
import { logitsOf } from './logitsOf.ts';
import { computesAsTransformers } from './computesAsTransformers.ts';
import {
  GOLDEN_MODELS,
  caseNames,
  caseTensors,
  expectedLogits,
  largestDistance,
  loadGoldenPolicy,
  readCase,
  readScoreCase,
} from './modelCases.ts';

const given = process.env['NASHTUNE_MODEL_FIXTURES'];
const fixtures = given ?? GOLDEN_MODELS;
const written = caseNames(fixtures, 'generation');
/** Differences take many runs: of our own cases each family is tested so once, of other people's all. */
const FIRST_OF_FAMILY = ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma2_softcap', 'gpt2', 'gpt_neox', 'phi3'];
const thorough = given === undefined ? FIRST_OF_FAMILY : written;

beforeAll(async () => {
  await startEngine();
});

describe.each(written)('%s computes what transformers computes', (name) => {
  describe('operation by operation', () => computesAsTransformers(join(fixtures, name), 'eager'));
});

// Compilation takes seconds, so that only one case of each family is compiled unless cases are given.
describeNative('compiled in mode xla', () => {
  const names = given === undefined ? thorough : written;
  describe.each(names)('%s computes what transformers computes', (name) =>
    computesAsTransformers(join(fixtures, name), 'xla'),
  );
});

describeNative('compiled in mode graph', () => {
  const names = given === undefined ? ['llama', 'gemma2_softcap', 'gpt_neox'] : written;
  describe.each(names)('%s computes what transformers computes', (name) =>
    computesAsTransformers(join(fixtures, name), 'graph'),
  );
});

describeNative('in bfloat16', () => {
  // Factors and result of a product are rounded to 8 bits, each by 2^-9 of its size at most: a product is off by 3 * 2^-9
  // of the sizes of its terms at most, and by 2^-8 of its own size as a rule, as the errors of many terms cancel. A token
  // passes 7 products in each layer (at most) and one for its logits, whose errors add up at worst.
  test.each(given === undefined ? thorough : written)(
    '%s stays within 2^-8 of the largest logit for each product on the way',
    async (name) => {
      const folder = join(fixtures, name);
      const golden = readCase(folder);
      const policy = await loadPolicy(folder);
      const forward = compile((ids: tf.Tensor) => logitsOf(policy, ids as tf.Tensor2D), { mode: 'xla', bf16: true });
      const found = await forward(caseTensors(golden).ids).data();
      const expected = await expectedLogits(folder);
      const real = golden.attention_mask.flat();
      const atToken = (i: number): boolean => real[Math.floor(i / policy.config.vocabSize)] === 1;
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const products = 7 * policy.config.architecture.layers.length + 1;
      const distance = largestDistance(found, expected, atToken);
      expect(distance).toBeLessThan(products * 2 ** -8 * largest);
      // Float32 would be a thousand times nearer.
      expect(distance).toBeGreaterThan(1e-4);
      forward.dispose();
      policy.dispose();
    },
  );
});

function scoresAsTransformers(name: string, mode: CompileMode): void {
  test('scores, with padding tokens inside and at the end of rows', async () => {
    const folder = join(fixtures, name);
    const golden = readScoreCase(folder);
    const policy = await loadPolicy(folder, { task: 'scoring' });
    const ids = tf.tensor2d(golden.input_ids, undefined, 'int32');
    const forward = compile(
      (rows: tf.Tensor) => sequenceScores(policy.config, readWeights(policy), rows as tf.Tensor2D),
      {
        mode,
      },
    );
    expect(largestDistance(await forward(ids).data(), golden.scores)).toBeLessThan(2e-5);
    forward.dispose();
    policy.dispose();
  });
}

describe.each(caseNames(fixtures, 'scoring'))('%s scores as transformers does', (name) => {
  describe('operation by operation', () => scoresAsTransformers(name, 'eager'));
  describeNative(`${name} compiled`, () => scoresAsTransformers(name, 'xla'));
});

test('a padding token at the end of a text moves the place that is scored, one inside it does not', async () => {
  const folder = join(GOLDEN_MODELS, 'llama_reward');
  const policy = await loadPolicy(folder, { task: 'scoring' });
  const scoreOf = async (position: number): Promise<number> => {
    const row = readScoreCase(folder).input_ids[1]!.with(position, 0);
    const scores = tf.tidy(() =>
      sequenceScores(policy.config, readWeights(policy), tf.tensor2d([row], undefined, 'int32')),
    );
    return (await scores.data())[0]!;
  };
  expect(await scoreOf(16)).toBeCloseTo(-0.00072676, 5);
  expect(await scoreOf(5)).toBeCloseTo(0.38555929, 5);
  policy.dispose();
});

/** Entries of each weight whose gradient is compared. */
const PROBES = 3;

describe.each(thorough)('%s', (name) => {
  test('gradients of summed log-probabilities are central finite differences', async () => {
    const folder = join(fixtures, name);
    const policy = await loadPolicy(folder);
    const { ids, mask } = caseTensors(readCase(folder));
    const weights = readWeights(policy);
    const names = Object.keys(weights);
    const values = names.map((weight) => weights[weight]!);
    const total = (...each: tf.Tensor[]): tf.Scalar => {
      const named = Object.fromEntries(names.map((weight, i) => [weight, each[i]!]));
      return tf.sum(sequenceLogProbs(policy.config, named, ids, mask));
    };
    const totalOf = compile((all: tf.Tensor[]) => total(...all), { mode: 'xla' });
    const gradients = compile((all: tf.Tensor[]) => tf.grads(total)(all), { mode: 'xla' });
    const found = gradients(values);
    for (const [at, weight] of names.entries()) {
      const exact = await found[at]!.data();
      // The largest entries: float32 cannot resolve differences for small ones.
      const order = [...exact.keys()].sort((a, b) => Math.abs(exact[b]!) - Math.abs(exact[a]!));
      for (const index of order.slice(0, PROBES)) {
        const step = 0.01;
        const moved = async (by: number): Promise<number> => {
          const data = await values[at]!.data();
          data[index] = data[index]! + by;
          const other = tf.tensor(data, values[at]!.shape);
          const result = totalOf(values.with(at, other));
          return (await result.data())[0]!;
        };
        const difference = ((await moved(step)) - (await moved(-step))) / (2 * step);
        const scale = Math.max(1, Math.abs(exact[index]!));
        expect(Math.abs(difference - exact[index]!) / scale, `${weight}[${index}]`).toBeLessThan(0.02);
      }
    }
    totalOf.dispose();
    gradients.dispose();
    tf.dispose([found, weights, ids, mask]);
    policy.dispose();
  });
});

test('padding on the right changes nothing on the left', async () => {
  const policy = await loadGoldenPolicy();
  onTestFinished(() => policy.dispose());
  const width = policy.config.hiddenSize;
  const hidden = (ids: number[]): Promise<Float32Array> =>
    tf
      .tidy(() => causalHidden(policy.config, readWeights(policy), tf.tensor2d([ids], undefined, 'int32')))
      .data() as Promise<Float32Array>;
  const alone = await hidden([5, 6, 7]);
  const padded = await hidden([5, 6, 7, 0, 0, 9]);
  expect(largestDistance(padded.slice(0, 3 * width), alone)).toBeLessThan(1e-5);
});

const RULE = { scale: 1, softcap: null, window: null };

test('a query without any allowed position stays finite', async () => {
  const one = tf.ones([1, 2, 1, 4]) as tf.Tensor4D;
  const mixed = groupedAttention({ queries: one, keys: one, values: one }, RULE, tf.tensor([-1e9], [1, 1, 1, 1, 1]));
  expect(Array.from(await mixed.data()).every(Number.isFinite)).toBe(true);
});

const drawHeads = (shape: [number, number, number, number], seed: number): tf.Tensor4D =>
  tf.randomNormal(shape, 0, 1, 'float32', seed);

/** What sees what: places before and at one's own, in a row without its first `padding` places. */
function pastMask(length: number, padding: number): tf.Tensor {
  const place = tf.range(0, length);
  const past = tf.greaterEqual(tf.reshape(place, [length, 1]), place);
  return tf.reshape(tf.where(tf.logicalAnd(past, tf.greaterEqual(place, padding)), 0, MASKED), [
    1,
    1,
    1,
    length,
    length,
  ]);
}

describe('attention in blocks of queries', () => {
  test.each([
    [256, 0],
    [600, 0],
    [1100, 70],
  ])('%i places, %i of them padding, give what they give as a whole, gradients too', (length, padding) => {
    const heads = [
      drawHeads([2, 4, length, 8], 1),
      drawHeads([2, 2, length, 8], 2),
      drawHeads([2, 2, length, 8], 3),
    ] as const;
    const mask = pastMask(length, padding);
    const upstream = drawHeads([2, 4, length, 8], 4);
    // What padding sees counts for nothing.
    const counted = tf.cast(tf.reshape(tf.greaterEqual(tf.range(0, length), padding), [1, 1, length, 1]), 'float32');
    const rule = { ...RULE, scale: 0.35, softcap: 5 };
    const run = (attend: typeof groupedAttention): tf.Tensor[] => {
      const of = (queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor): tf.Tensor =>
        tf.mul(attend({ queries, keys, values } as Heads, rule, mask), counted);
      return [of(...heads), ...tf.grads(of)([...heads], upstream)];
    };
    const whole = run(groupedAttention);
    for (const [i, found] of run(causalAttention).entries()) {
      expect(largestDistance(found.dataSync() as Float32Array, whole[i]!.dataSync() as Float32Array)).toBeLessThan(
        2e-5,
      );
    }
  });

  test('compute no more scores than they say', () => {
    expect([1, 256, 512, 1024, 2048].map((length) => causalScores(length) / length ** 2)).toEqual([
      1, 1, 0.75, 0.625, 0.5625,
    ]);
  });
});

test('query heads share key and value heads in groups, in order', async () => {
  // Four query heads, two key/value heads whose values are 1 and 2: heads 0 and 1 read the first, 2 and 3 the second.
  const queries = tf.ones([1, 4, 1, 2]) as tf.Tensor4D;
  const values = tf.tensor4d([1, 1, 2, 2], [1, 2, 1, 2]);
  const mixed = groupedAttention({ queries, keys: tf.onesLike(values), values }, RULE, tf.zeros([1, 1, 1, 1, 1]));
  expect(Array.from(await mixed.data())).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
});

test('rotary angles are position times theta^(-2i / size)', () => {
  const { cos, sin } = rotaryTable(rotaryOf(4, 10_000, { kind: 'default' }), 3);
  // Size 4: two frequencies, 1 and 10000^(-1/2) = 0.01.
  expect(cos[2 * 2]).toBeCloseTo(Math.cos(2), 6);
  expect(sin[2 * 2 + 1]).toBeCloseTo(Math.sin(0.02), 6);
});

test('tied embeddings have no weight of their own for the output', () => {
  expect([...weightShapes(configOf({ tie_word_embeddings: true })).keys()]).not.toContain('lm_head.weight');
  expect([...weightShapes(configOf({})).keys()].at(-1)).toBe('lm_head.weight');
});

function configOf(fields: Record<string, unknown>): ReturnType<typeof parseDecoderConfig> {
  const base = {
    model_type: 'llama',
    vocab_size: 16,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 8,
  };
  return parseDecoderConfig({ ...base, ...fields }, 'test');
}
