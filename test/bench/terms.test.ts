import { expect, test } from 'vitest';

import {
  GENERATE_TERMS,
  TRAIN_TERMS,
  generateFlopsPerToken,
  randomTokens,
  trainFlopsPerToken,
} from '../../bench/terms.ts';
import { randomStream } from '../../src/base/seed.ts';
import { weightShapes } from '../../src/models/index.ts';

const MODEL = TRAIN_TERMS.model;
const sizes = [...weightShapes(MODEL)].map(([, shape]) => shape.reduce((a, b) => a * b, 1));
const matrices = [...weightShapes(MODEL)].flatMap(([, shape], i) => (shape.length > 1 ? [sizes[i]!] : []));
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

test('the model has 33.7 million weights', () => {
  expect(sum(sizes)).toBe(33_694_208);
});

test('a training step does six operations per matrix weight and token, and attention', () => {
  // Scores and mixing: 2 products of T x head size each, 2 operations, 3 passes, for every head of every layer.
  const attention = 8 * 8 * (2 * 2 * 3 * 256 * 64);
  expect(trainFlopsPerToken(TRAIN_TERMS)).toBe(6 * sum(matrices) + attention);
});

test('generation does two operations per matrix weight and token, prompts without the output matrix, and attention', () => {
  const [embedding, ...layers] = matrices;
  const prompt = (64 / 192) * 2 * sum(layers);
  const attention = (8 * 8 * (2 * 2 * 64) * (256 * 256)) / 2 / 192;
  expect(generateFlopsPerToken(GENERATE_TERMS)).toBeCloseTo(2 * (embedding! + sum(layers)) + prompt + attention, 3);
});

test('random tokens are in the vocabulary and follow the seed', () => {
  const draw = (seed: number): number[] => randomTokens(MODEL, 1000, randomStream(seed, 'tokens'));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(Math.min(...draw(1))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draw(1))).toBeLessThan(MODEL.vocabSize);
});
