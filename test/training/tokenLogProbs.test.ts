import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { compile, startEngine } from '../../src/engine/index.ts';
import { readWeights } from '../../src/models/index.ts';
import { sequenceLogProbs, tokenLogProbs } from '../../src/training/index.ts';
import { sumOfSquaredProbabilities } from '../../src/training/tokenLogProbs.ts';
import { largestDistance, loadGoldenPolicy } from '../models/modelCases.ts';

beforeAll(async () => {
  await startEngine();
});

const WIDTH = 6;
const VOCABULARY = 37;

/** The formula written out over all logits. */
function naive(hidden: tf.Tensor2D, embedding: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const logits = tf.matMul(hidden, embedding, false, true);
  const chosen = tf.sum(tf.mul(logits, tf.oneHot(targets, VOCABULARY)), -1);
  return tf.sub(chosen, tf.logSumExp(logits, -1));
}

function problem(rows: number, scale = 1): { hidden: tf.Tensor2D; embedding: tf.Tensor2D; targets: tf.Tensor1D } {
  const random = randomStream(1, 'logProbs test', rows);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => scale * random.normal());
  return {
    hidden: tf.tensor2d(normals(rows * WIDTH), [rows, WIDTH]),
    embedding: tf.tensor2d(normals(VOCABULARY * WIDTH), [VOCABULARY, WIDTH]),
    targets: tf.tensor1d(Int32Array.from({ length: rows }, () => random.integer(VOCABULARY))),
  };
}

type LogProbs = (hidden: tf.Tensor2D, embedding: tf.Tensor2D, targets: tf.Tensor1D) => tf.Tensor1D;

/** Values, and gradients of a weighted sum, so that rows do not have the same upstream gradient. */
function run(logProbs: LogProbs, rows: number, mode: 'eager' | 'xla'): tf.Tensor[] {
  const { hidden, embedding, targets } = problem(rows);
  const weights = tf.linspace(-1, 2, rows);
  const both = compile(
    (inputs: { hidden: tf.Tensor; embedding: tf.Tensor; targets: tf.Tensor; weights: tf.Tensor }) => {
      const { value, grads } = tf.valueAndGrads((h: tf.Tensor, w: tf.Tensor) =>
        tf.sum(tf.mul(logProbs(h as tf.Tensor2D, w as tf.Tensor2D, inputs.targets as tf.Tensor1D), inputs.weights)),
      )([inputs.hidden, inputs.embedding]);
      const list = logProbs(
        inputs.hidden as tf.Tensor2D,
        inputs.embedding as tf.Tensor2D,
        inputs.targets as tf.Tensor1D,
      );
      return [list, value, ...grads];
    },
    { mode },
  );
  return both({ hidden, embedding, targets, weights });
}

describe('chunked log-probabilities and their gradients are those of the full formula', () => {
  // Around the boundaries of the chunks of 512 rows; compiled once, for three chunks.
  test.each([
    [1, 'eager'],
    [2, 'eager'],
    [511, 'eager'],
    [512, 'eager'],
    [513, 'eager'],
    [1025, 'xla'],
  ] as const)('%d rows in mode %s', async (rows, mode) => {
    const expected = run(naive, rows, 'eager');
    for (const [i, tensor] of run(tokenLogProbs, rows, mode).entries()) {
      const values = await expected[i]!.data();
      const scale = Math.max(1, ...Array.from(values, Math.abs));
      expect(largestDistance(await tensor.data(), values) / scale).toBeLessThan(1e-5);
    }
  });
});

test('huge logits give finite log-probabilities and gradients', async () => {
  const { hidden, embedding, targets } = problem(8, 60);
  const values = await tokenLogProbs(hidden, embedding, targets).data();
  const gradient = tf.grad((h: tf.Tensor) => tf.sum(tokenLogProbs(h as tf.Tensor2D, embedding, targets)))(hidden);
  expect([...values, ...(await gradient.data())].every(Number.isFinite)).toBe(true);
});

async function sums(ids: number[][], mask: number[][]): Promise<number[]> {
  const policy = await loadGoldenPolicy();
  const result = tf.tidy(() =>
    sequenceLogProbs(policy.config, readWeights(policy), tf.tensor2d(ids, undefined, 'int32'), tf.tensor2d(mask)),
  );
  policy.dispose();
  return Array.from(await result.data());
}

describe('sequences', () => {
  test('sum what the mask counts, token by token', async () => {
    const row = [5, 6, 7, 8, 9];
    const singles = await sums(
      [row, row, row, row],
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    );
    const [all, last, none] = await sums(
      [row, row, row],
      [
        [1, 1, 1, 1],
        [0, 0, 1, 1],
        [0, 0, 0, 0],
      ],
    );
    expect(all).toBeCloseTo(
      singles.reduce((a, b) => a + b, 0),
      4,
    );
    expect(last).toBeCloseTo(singles[2]! + singles[3]!, 4);
    expect(none).toBe(0);
  });

  test('do not depend on padding or on the other rows', async () => {
    const [short] = await sums([[5, 6, 7]], [[0, 1]]);
    const [padded, other] = await sums(
      [
        [5, 6, 7, 0, 0, 0],
        [9, 9, 9, 9, 9, 9],
      ],
      [
        [0, 1, 0, 0, 0],
        [1, 1, 1, 1, 1],
      ],
    );
    expect(padded).toBeCloseTo(short!, 5);
    expect(other).toBeLessThan(0);
  });
});

test('sums of squared probabilities are those of the softmax, capped too, and pass no gradient', () => {
  tf.tidy(() => {
    const hidden = tf.tensor2d([0.3, -1.2, 0.7, 2.1, 0.4, -0.6], [3, 2]);
    const embedding = tf.tensor2d([1, 0.5, -2, 0.25, 0.75, -1, 3, 2], [4, 2]);
    for (const cap of [null, 1.5]) {
      const raw = tf.matMul(hidden, embedding, false, true);
      const logits = cap === null ? raw : tf.mul(tf.tanh(tf.div(raw, cap)), cap);
      const wanted = tf.sum(tf.square(tf.softmax(logits)), -1).dataSync();
      const found = sumOfSquaredProbabilities(hidden, embedding, cap).dataSync();
      found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 6));
    }
    const gradients = tf.grads((h: tf.Tensor, w: tf.Tensor) =>
      tf.sum(sumOfSquaredProbabilities(h as tf.Tensor2D, w as tf.Tensor2D)),
    )([hidden, embedding]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every((value) => value === 0)).toBe(true);
  });
});
