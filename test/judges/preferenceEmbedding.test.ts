import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { startEngine } from '../../src/engine/index.ts';
import {
  PREFERENCE_WIDTH,
  answerBatch,
  preferenceEmbedding,
  preferenceLogit,
  preferenceLogits,
  type EncodedAnswer,
} from '../../src/judges/index.ts';
import { largestDistance } from '../models/modelCases.ts';
import { TINY_CONFIG, tinyWeights } from './tinyJudge.ts';

beforeAll(async () => {
  await startEngine();
});

const random = randomStream(1, 'preferenceEmbedding test');
const embedding = (): Float32Array => Float32Array.from({ length: PREFERENCE_WIDTH }, () => 3 * random.normal());

/** An embedding without score, on the circle of the first plane. */
function at(degrees: number): number[] {
  const angle = (degrees * Math.PI) / 180;
  return [0, Math.cos(angle), Math.sin(angle), ...Array.from({ length: PREFERENCE_WIDTH - 3 }, () => 0)];
}

describe('the logit of a preference', () => {
  test('changes its sign, exactly, when the answers are swapped', () => {
    for (let i = 0; i < 1000; i++) {
      const [a, b] = [embedding(), embedding()];
      expect(preferenceLogit(a, b)).toBe(-preferenceLogit(b, a));
      expect(preferenceLogit(a, a)).toBe(0);
    }
  });

  test('is the difference of the scores where the rest is zero', () => {
    const [high, low] = [3, 1].map((score) => [score, ...Array.from({ length: PREFERENCE_WIDTH - 1 }, () => 0)]);
    expect(preferenceLogit(high!, low!)).toBe(2);
  });

  test('can go in a circle: a beats b, b beats c, c beats a', () => {
    const [a, b, c] = [at(0), at(120), at(240)];
    for (const [first, second] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      expect(preferenceLogit(first, second)).toBeGreaterThan(0.5);
    }
  });

  test('is the same from tensors, row by row', async () => {
    const pairs = Array.from({ length: 5 }, () => [embedding(), embedding()] as const);
    const stack = (side: 0 | 1): tf.Tensor2D => tf.tensor2d(pairs.map((pair) => Array.from(pair[side])));
    const logits = await preferenceLogits(stack(0), stack(1)).data();
    expect(
      largestDistance(
        logits,
        pairs.map(([a, b]) => preferenceLogit(a, b)),
      ),
    ).toBeLessThan(1e-4);
  });
});

function tensorsOfWeights(): Record<string, tf.Tensor> {
  return Object.fromEntries([...tinyWeights()].map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]));
}

async function embed(answers: EncodedAnswer[], rows: number, padToken = 0): Promise<Float32Array> {
  const embeddings = preferenceEmbedding(TINY_CONFIG, tensorsOfWeights(), answerBatch(answers, rows, padToken));
  return (await embeddings.data()) as Float32Array;
}

describe('the embedding of an answer', () => {
  const answer = { ids: [5, 6, 7, 8, 9, 2], answerStart: 3 };

  test('does not depend on padding, its token, or the other rows', async () => {
    const alone = await embed([answer], 1);
    expect(largestDistance(await embed([answer], 1, 77), alone)).toBeLessThan(1e-5);
    const long = { ids: Array.from({ length: 40 }, (_, i) => 10 + i), answerStart: 2 };
    const together = await embed([long, answer], 2);
    expect(largestDistance(together.slice(PREFERENCE_WIDTH), alone)).toBeLessThan(1e-5);
  });

  test('depends on the prompt, on the answer and on where it starts', async () => {
    const alone = await embed([answer], 1);
    for (const other of [
      { ...answer, ids: [55, 6, 7, 8, 9, 2] },
      { ...answer, ids: [5, 6, 7, 88, 9, 2] },
      { ...answer, answerStart: 4 },
    ]) {
      expect(largestDistance(await embed([other], 1), alone)).toBeGreaterThan(1e-3);
    }
  });
});
