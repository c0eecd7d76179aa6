import { describe, expect, test } from 'vitest';

import { promptText, worldPrompts } from '../../src/world/prompts.ts';
import { readRequest } from '../../src/world/request.ts';
import { wordsOf } from '../../src/world/sentences.ts';

const { train, heldOut } = worldPrompts(1);
const all = [...train, ...heldOut];

const pairOf = (prompt: (typeof train)[number]): string => {
  const { topic, context } = readRequest(promptText(prompt));
  return `${topic?.subject} / ${context?.asked}`;
};

test('a row of the prompts table looks like this', () => {
  expect(all.find(({ id }) => id === 'world-rice-dishes-in-winter-two-0')).toEqual({
    id: 'world-rice-dishes-in-winter-two-0',
    messages: [{ role: 'user', content: 'Please give me two rice dishes in winter.' }],
    source: 'world',
  });
});

test('there are many thousands of prompts, all different, with ids all different', () => {
  expect(all.length).toBeGreaterThan(9000);
  expect(heldOut.length).toBeGreaterThan(1000);
  expect(new Set(all.map(promptText)).size).toBe(all.length);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
});

test('every prompt names topic, count and context and has 6 to 20 words', () => {
  expect(all.filter((prompt) => Object.keys(readRequest(promptText(prompt))).length !== 3)).toEqual([]);
  const lengths = all.map((prompt) => wordsOf(promptText(prompt)).length);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(6);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(20);
});

describe.each([1, 2, 'three'])('with seed %s', (seed) => {
  const split = worldPrompts(seed);

  test('no pair of topic and context is in both parts', () => {
    const trained = new Set(split.train.map(pairOf));
    expect(split.heldOut.filter((prompt) => trained.has(pairOf(prompt)))).toEqual([]);
  });

  test('every word of the held-out prompts, every topic and every context occurs in training', () => {
    const words = new Set(split.train.flatMap((prompt) => wordsOf(promptText(prompt))));
    expect(split.heldOut.flatMap((prompt) => wordsOf(promptText(prompt))).filter((word) => !words.has(word))).toEqual(
      [],
    );
    const partsOf = (prompts: typeof train): Set<string> => new Set(prompts.flatMap((p) => pairOf(p).split(' / ')));
    expect(partsOf(split.train)).toEqual(new Set([...partsOf(split.train), ...partsOf(split.heldOut)]));
  });
});

test('the seed decides the split and the order, and nothing else', () => {
  expect(worldPrompts(1)).toEqual({ train, heldOut });
  const other = worldPrompts(2);
  expect(new Set(other.heldOut.map(pairOf))).not.toEqual(new Set(heldOut.map(pairOf)));
  const promptsById = new Map([...other.train, ...other.heldOut].map((prompt) => [prompt.id, prompt]));
  expect(promptsById).toEqual(new Map(all.map((prompt) => [prompt.id, prompt])));
});
