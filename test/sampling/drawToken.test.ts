import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { compile, startEngine } from '../../src/engine/index.ts';
import { drawToken } from '../../src/sampling/drawToken.ts';

beforeAll(async () => {
  await startEngine();
});

const random = randomStream(1, 'drawToken test');

/** How often each token is drawn from one row of logits, with evenly spread uniform numbers. */
async function counts(logits: number[], draws: number, temperature: number, bf16 = false): Promise<number[]> {
  const draw = compile(
    ({ row, uniforms }: { row: tf.Tensor; uniforms: tf.Tensor }) =>
      drawToken(tf.tile(row as tf.Tensor2D, [draws, 1]), uniforms as tf.Tensor1D, temperature).tokens,
    { mode: 'xla', bf16 },
  );
  const uniforms = Float32Array.from({ length: draws }, () => random.uniform());
  const tokens = await draw({ row: tf.tensor2d([logits]), uniforms: tf.tensor1d(uniforms) }).data();
  draw.dispose();
  const found = logits.map(() => 0);
  for (const token of tokens) found[token]!++;
  return found;
}

function softmax(logits: number[], temperature: number): number[] {
  const weights = logits.map((logit) => Math.exp(logit / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Pearson's statistic; tokens expected less than five times are pooled. */
function chiSquare(found: number[], probabilities: number[], draws: number): { statistic: number; freedom: number } {
  let statistic = 0;
  let cells = 0;
  const rest = { found: 0, expected: 0 };
  found.forEach((count, i) => {
    const expected = probabilities[i]! * draws;
    if (expected < 5) {
      rest.found += count;
      rest.expected += expected;
      return;
    }
    statistic += (count - expected) ** 2 / expected;
    cells++;
  });
  if (rest.expected > 0) statistic += (rest.found - rest.expected) ** 2 / Math.max(rest.expected, 1);
  return { statistic, freedom: cells };
}

describe('draws follow the softmax of the logits', () => {
  test.each([
    ['at temperature 1', 1, false],
    ['at temperature 0.7', 0.7, false],
    ['at temperature 2', 2, false],
    // Sums rounded to 8 bits would starve rare tokens.
    ['with matrix products in bfloat16', 1, true],
  ])('%s', async (_, temperature, bf16) => {
    const logits = Array.from({ length: 500 }, () => 1.5 * random.normal());
    const draws = 20_000;
    const found = await counts(logits, draws, temperature, bf16);
    const { statistic, freedom } = chiSquare(found, softmax(logits, temperature), draws);
    // Mean `freedom`, deviation sqrt(2 freedom): five deviations are passed by chance once in a million.
    expect(statistic).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
  });
});

test('a token without probability is never drawn, wherever it stands', async () => {
  const never = -1e9;
  const logits = [never, 0, never, never, 0, never, never, never, 0, never];
  const found = await counts(logits, 5000, 1);
  expect(found.map((count) => count > 0)).toEqual(logits.map((logit) => logit === 0));
});

async function draw(logits: number[][], uniforms: number[], temperature: number): Promise<[number[], number[]]> {
  const { tokens, logProbs } = drawToken(tf.tensor2d(logits), tf.tensor1d(uniforms), temperature);
  return [Array.from(await tokens.data()), Array.from(await logProbs.data())];
}

test('the smallest and the largest uniform numbers give the first and the last token', async () => {
  const row = [0, 1, 0, 1, 0];
  const [tokens] = await draw([row, row], [0, 1 - 2 ** -24], 1);
  expect(tokens).toEqual([0, 4]);
});

test('the order of the tokens is that of the distribution function', async () => {
  // Probabilities 1/2, 1/4, 1/4: the function steps at 0.5 and 0.75.
  const row = [Math.log(2), 0, 0];
  const uniforms = [0.4, 0.49, 0.51, 0.74, 0.76, 0.9];
  const [tokens] = await draw(
    uniforms.map(() => row),
    uniforms,
    1,
  );
  expect(tokens).toEqual([0, 0, 1, 1, 2, 2]);
});

test('log-probabilities are those of the policy at temperature 1, whatever the temperature', async () => {
  const row = [Math.log(6), Math.log(3), Math.log(1)];
  for (const temperature of [0, 0.5, 1, 4]) {
    const [[token], [logProb]] = await draw([row], [0.1], temperature);
    expect(token).toBe(0);
    expect(logProb).toBeCloseTo(Math.log(0.6), 5);
  }
});

test('huge logits stay finite', async () => {
  const [tokens, logProbs] = await draw([[1e4, -1e4, 1e4 - 1]], [0.9], 1);
  expect(tokens).toEqual([2]);
  expect(logProbs[0]).toBeCloseTo(-1 - Math.log1p(Math.exp(-1)), 2);
});
