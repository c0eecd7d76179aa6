import { expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { goodAnswer, trainingAnswer } from '../../src/world/answers.ts';
import { compareWinRate } from '../../src/world/compareWinRate.ts';
import { promptText, worldPrompts } from '../../src/world/prompts.ts';

const prompts = worldPrompts(1).heldOut.map(promptText);
const random = randomStream(1, 'compare');
const training = prompts.map((prompt) => trainingAnswer(prompt, random));
const good = prompts.map((prompt) => goodAnswer(prompt, random));

test('good answers beat training answers on more than nine prompts in ten', () => {
  expect(compareWinRate(prompts, good, training).low).toBeGreaterThan(0.9);
});

test('training answers win against one another half of the time', () => {
  const others = prompts.map((prompt) => trainingAnswer(prompt, random));
  const { rate, low, high } = compareWinRate(prompts, training, others);
  expect(low < 0.5 && high > 0.5, String(rate)).toBe(true);
});

test('turned round, the rates sum to 1; against themselves answers tie', () => {
  const there = compareWinRate(prompts, good, training).rate;
  expect(there + compareWinRate(prompts, training, good).rate).toBeCloseTo(1, 12);
  expect(compareWinRate(prompts, training, training).rate).toBe(0.5);
});

test('lists of different lengths are refused', () => {
  expect(() => compareWinRate(['a', 'b'], ['x'], ['y', 'z'])).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: compareWinRate: expected one answer and one opponent per prompt, got 2, 1, 2.]`,
  );
});
