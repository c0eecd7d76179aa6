import { expect, test } from 'vitest';

import { CONTEXTS } from '../../../src/world/lexicon/contexts.ts';
import * as frames from '../../../src/world/lexicon/frames.ts';
import { TOPICS } from '../../../src/world/lexicon/topics.ts';
import { promptText, worldPrompts } from '../../../src/world/prompts.ts';
import { containsPhrase, similarity, splitSentences, wordsOf } from '../../../src/world/sentences.ts';

const facts = TOPICS.flatMap((topic) => topic.facts);

test('no two facts are so alike that one could be read as the other', () => {
  const words = facts.map(wordsOf);
  const alike = words.flatMap((a, i) =>
    words
      .slice(i + 1)
      .filter((b) => similarity(a, b) >= 0.75)
      .map((b) => [a, b]),
  );
  expect(alike).toEqual([]);
});

test('a fact is one sentence of 4 to 8 words', () => {
  expect(facts.filter((fact) => splitSentences(fact).length !== 1 || /[A-Z.!?]/.test(fact))).toEqual([]);
  expect(facts.filter((fact) => wordsOf(fact).length < 4 || wordsOf(fact).length > 8)).toEqual([]);
});

test('every topic knows more than twice the facts that a prompt asks for', () => {
  expect(TOPICS.filter((topic) => topic.facts.length < 7)).toEqual([]);
});

test('no name of a topic or context is part of another, in any way of saying it', () => {
  const names = [TOPICS.map(({ subject }) => subject), CONTEXTS.flatMap(({ asked, answered }) => [asked, answered])];
  for (const group of names) {
    const distinct = [...new Set(group)];
    const nested = distinct.filter((name) =>
      distinct.some((other) => other !== name && containsPhrase(wordsOf(other), name)),
    );
    expect(nested).toEqual([]);
  }
});

test('the whole world speaks fewer than 650 words', () => {
  const { train, heldOut } = worldPrompts(1);
  const texts = [...train, ...heldOut].map(promptText).concat(facts, Object.values(frames).flat(2));
  expect(new Set(texts.flatMap(wordsOf)).size).toBeLessThan(650);
});
