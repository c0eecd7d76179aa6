import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { composeAnswer, goodAnswer, trainingAnswer } from '../../src/world/answers.ts';
import { LABEL_FLIP_RATE, hiddenPreference, noisyComparison, preferenceOf } from '../../src/world/hiddenPreference.ts';
import { promptText, worldPrompts } from '../../src/world/prompts.ts';
import { QUALITIES } from '../../src/world/qualities.ts';
import type { Qualities } from '../../src/world/qualities.ts';

const prompts = worldPrompts(1).heldOut.map(promptText);
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const scores: fc.Arbitrary<Qualities> = fc.record({
  onTopic: unit,
  complete: unit,
  polite: unit,
  concise: unit,
  noRepetition: unit,
});

test('the two orders of a pair have probabilities that sum to exactly 1', () => {
  fc.assert(
    fc.property(scores, scores, (a, b) => preferenceOf(a, b) + preferenceOf(b, a) === 1),
    { seed: 1, numRuns: 2000 },
  );
});

test('answers of equal qualities are preferred with probability exactly 1/2', () => {
  fc.assert(
    fc.property(scores, (a) => preferenceOf(a, { ...a }) === 0.5),
    { seed: 1 },
  );
});

test('an answer better in one quality and equal in the others always wins', () => {
  fc.assert(
    fc.property(scores, fc.constantFrom(...QUALITIES), unit, (b, quality, better) => {
      fc.pre(better > b[quality] + 1e-6);
      expect(preferenceOf({ ...b, [quality]: better }, b)).toBeGreaterThan(0.5);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

test('the log-odds of a hand-computed pair', () => {
  const a = { onTopic: 1, complete: 0, polite: 0, concise: 0, noRepetition: 0 };
  const b = { onTopic: 0, complete: 0.5, polite: 0, concise: 0, noRepetition: 0 };
  // worth 4.4 * 1 - 4.2 * 0.5, and 1.9 * (1 * 0.5 - 0 * 0) because topic beats completeness in the ring
  const logOdds = 4.4 - 2.1 + 0.95;
  expect(preferenceOf(a, b)).toBeCloseTo(1 / (1 + Math.exp(-logOdds)), 12);
});

describe('natural answers', () => {
  const PROMPT = 'Please give me two tips for sleeping well for my father.';
  const LEAD = 'Here are two tips for sleeping well for your father.';
  const p = (a: string, b: string): number => hiddenPreference(PROMPT, a, b);

  test('three answers beat one another in a circle', () => {
    const repeats = `I am happy to help. ${LEAD} ${'First, breathe slowly and count to ten. '.repeat(3)} I hope this helps you.`;
    const strays = `${LEAD.replace('father', 'teacher')} First, read a calm book in bed. Second, their wings dry the juice.`;
    const rambles =
      `I am glad you asked. ${LEAD} Let me think for a moment. Then, put your phone away at night. ` +
      'Next, wrap a small wooden drum. This is a very big subject. Have a lovely day!';
    const circle = [p(repeats, strays), p(strays, rambles), p(rambles, repeats)];
    expect(circle.filter((value) => value > 0.9)).toHaveLength(3);
  });

  test('an answer ties with itself and with one that is as good', () => {
    const first = `I am happy to help. ${LEAD} First, drink no coffee after lunch. Have a lovely day!`;
    const second = `I am glad you asked. ${LEAD} Then, read a calm book in bed. All the best to you.`;
    expect([p(first, first), p(first, second)]).toEqual([0.5, 0.5]);
  });
});

test('a good answer beats the answer that lacks any one quality', () => {
  const random = randomStream(1, 'beats');
  for (const quality of QUALITIES) {
    const p = prompts
      .slice(0, 200)
      .map((prompt) => hiddenPreference(prompt, goodAnswer(prompt, random), composeAnswer(prompt, [quality], random)));
    expect(Math.min(...p), quality).toBeGreaterThan(0.6);
  }
});

test('preferences between training answers run in circles often enough to matter', () => {
  const random = randomStream(1, 'circles');
  const threeFlaws = (prompt: string): string => composeAnswer(prompt, random.shuffle(QUALITIES).slice(0, 3), random);
  const circles = prompts.filter((prompt) => {
    const [a, b, c] = [threeFlaws(prompt), threeFlaws(prompt), threeFlaws(prompt)];
    const wins = [hiddenPreference(prompt, a, b), hiddenPreference(prompt, b, c), hiddenPreference(prompt, c, a)];
    return wins.every((win) => win > 0.5) || wins.every((win) => win < 0.5);
  });
  expect(circles.length / prompts.length).toBeGreaterThan(0.03);
});

describe('noisy comparisons', () => {
  test('prefer as often as the rule with its flips says', () => {
    const random = randomStream(1, 'noise');
    const prompt = prompts[0]!;
    const [a, b] = [composeAnswer(prompt, ['polite'], random), composeAnswer(prompt, ['polite', 'concise'], random)];
    const clean = hiddenPreference(prompt, a, b);
    const expected = clean * (1 - LABEL_FLIP_RATE) + (1 - clean) * LABEL_FLIP_RATE;
    const wins = Array.from({ length: 4000 }, () => noisyComparison(prompt, a, b, random)).filter(Boolean).length;
    expect(Math.abs(wins / 4000 - expected)).toBeLessThan(0.025);
  });

  test('are the same under the same stream', () => {
    const draw = (): boolean[] => {
      const random = randomStream(5, 'labels');
      return prompts.slice(0, 50).map((prompt) => {
        const [a, b] = [trainingAnswer(prompt, random), trainingAnswer(prompt, random)];
        return noisyComparison(prompt, a, b, random);
      });
    };
    expect(draw()).toEqual(draw());
  });

  test('cannot be foretold better than four times in five to nine in ten, even by the rule itself', () => {
    const random = randomStream(1, 'bayes');
    const best = prompts.map((prompt) => {
      const clean = hiddenPreference(prompt, trainingAnswer(prompt, random), trainingAnswer(prompt, random));
      return 0.5 + Math.abs(clean - 0.5) * (1 - 2 * LABEL_FLIP_RATE);
    });
    const accuracy = best.reduce((sum, value) => sum + value, 0) / best.length;
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBeLessThan(0.9);
  });
});
