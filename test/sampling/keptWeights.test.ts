import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { compile, startEngine } from '../../src/engine/index.ts';
import { drawToken } from '../../src/sampling/drawToken.ts';
import { keptWeights, type TokenFilters } from '../../src/sampling/keptWeights.ts';
import { allowedTokens } from './allowedTokens.ts';

beforeAll(async () => {
  await startEngine();
});

const random = randomStream(1, 'keptWeights test');

/** Tokens of each row whose weight is not 0, compiled as generation is. */
async function kept(rows: number[][], filters: TokenFilters, temperature = 1): Promise<number[][]> {
  const weigh = compile(
    (logits: tf.Tensor) =>
      keptWeights(tf.div(tf.sub(logits, tf.max(logits, -1, true)), temperature) as tf.Tensor2D, filters),
    { mode: 'xla' },
  );
  const weights = Array.from(await weigh(tf.tensor2d(rows)).data());
  weigh.dispose();
  const width = rows[0]!.length;
  return rows.map((row, i) => row.flatMap((_, token) => (weights[i * width + token]! > 0 ? [token] : [])));
}

const normalRows = (count: number, width: number, deviation: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: width }, () => Math.fround(deviation * random.normal())));

describe('the tokens left are those that transformers leaves', () => {
  const flat = normalRows(30, 400, 0.3);
  const peaked = normalRows(30, 400, 4);
  test.each<[string, TokenFilters, number]>([
    ['by top-k', { topK: 7 }, 1],
    ['by top-k of one token', { topK: 1 }, 1],
    ['by a top-k beyond the vocabulary', { topK: 1000 }, 1],
    ['by top-p', { topP: 0.9 }, 1],
    ['by a top-p near 0', { topP: 1e-6 }, 1],
    ['by a top-p near 1', { topP: 0.9999 }, 1],
    ['by min-p', { minP: 0.05 }, 1],
    ['by a min-p of 1', { minP: 1 }, 1],
    ['by all three, at a temperature', { topK: 40, topP: 0.8, minP: 0.2 }, 1.7],
    ['by top-p of what top-k left', { topK: 3, topP: 0.6 }, 0.5],
    ['when there is no filter', {}, 1],
  ])('%s', async (_, filters, temperature) => {
    const rows = [...flat, ...peaked];
    const expected = rows.map((row) => allowedTokens(row, filters, temperature));
    expect(await kept(rows, filters, temperature)).toEqual(expected);
  });
});

test('top-k keeps the tokens that tie with its last one, as transformers does', async () => {
  expect(await kept([[1, 3, 2, 2, 2, 0]], { topK: 2 })).toEqual([[1, 2, 3, 4]]);
});

test('top-p keeps all tokens that tie with its last one', async () => {
  expect(await kept([[0, 1, 0, 1, 0, -5]], { topP: 0.8 })).toEqual([[0, 1, 2, 3, 4]]);
});

test('top-p stops at the token that completes the share', async () => {
  const row = [0.5, 0.25, 0.125, 0.125].map(Math.log);
  expect(await kept([row], { topP: 0.49 })).toEqual([[0]]);
  expect(await kept([row], { topP: 0.51 })).toEqual([[0, 1]]);
  expect(await kept([row], { topP: 0.76 })).toEqual([[0, 1, 2, 3]]);
});

test('draws with filters follow the probabilities of the tokens left', async () => {
  const [logits] = normalRows(1, 300, 1.5) as [number[]];
  const filters = { topK: 60, topP: 0.85, minP: 0.01 };
  const temperature = 0.8;
  const draws = 8192;
  const draw = compile(
    ({ row, uniforms }: { row: tf.Tensor; uniforms: tf.Tensor }) =>
      drawToken(tf.tile(row as tf.Tensor2D, [draws, 1]), uniforms as tf.Tensor1D, temperature, { filters }).tokens,
    { mode: 'xla' },
  );
  const uniforms = tf.tensor1d(Float32Array.from({ length: draws }, (_, i) => (i + 0.5) / draws));
  const tokens = await draw({ row: tf.tensor2d([logits]), uniforms }).data();
  draw.dispose();
  const counts = logits.map(() => 0);
  for (const token of tokens) counts[token]!++;
  const allowed = allowedTokens(logits, filters, temperature);
  const total = allowed.reduce((sum, token) => sum + Math.exp(logits[token]! / temperature), 0);
  logits.forEach((logit, token) => {
    const share = allowed.includes(token) ? Math.exp(logit / temperature) / total : 0;
    // Evenly spread numbers hit an interval of length p within one of p N times; its ends are off by float32's rounding.
    const rounding = share === 0 ? 0 : draws * 2 ** -18;
    expect(Math.abs(counts[token]! - share * draws)).toBeLessThanOrEqual(share === 0 ? 0 : 1 + rounding);
  });
});

test('temperature 0 takes the most likely token whatever the filters', async () => {
  const { tokens } = drawToken(tf.tensor2d([[0, 2, 1]]), tf.tensor1d([0.99]), 0, { filters: { topP: 0.5, topK: 3 } });
  expect(Array.from(await tokens.data())).toEqual([1]);
});
