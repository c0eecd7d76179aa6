import { CLOSINGS, CONNECTIVES, FILLERS, LEADS, OPENINGS, RUDE_CLOSINGS, RUDE_OPENINGS } from './lexicon/frames.ts';
import type { Context } from './lexicon/contexts.ts';
import type { Topic } from './lexicon/topic.ts';
import { TOPICS } from './lexicon/topics.ts';
import { readRequest, requestPhrase } from './request.ts';
import { fill, similarity, splitSentences, wordsOf } from './sentences.ts';

/** What a sentence does in an answer. */
export type Role = 'opening' | 'lead' | 'item' | 'closing' | 'rude' | 'filler' | 'unknown';

/** A sentence of an answer, as far as the world knows it. */
export interface Sentence {
  role: Role;
  /** Equal for sentences that say the same: the known sentence it stands for, or its own words. */
  key: string;
  words: string[];
  /** What an item or a lead is about. */
  topic?: Topic;
  /** Whom or what a lead names as the answer's context. */
  context?: Context;
}

/** From this similarity on a sentence counts as the known one: one word in four may be off. */
const KNOWN = 0.75;

type Known = Omit<Sentence, 'words'> & { words: readonly string[] };

const knownFrames: readonly Known[] = (
  [
    ['opening', OPENINGS],
    ['closing', CLOSINGS],
    ['rude', [...RUDE_OPENINGS, ...RUDE_CLOSINGS]],
    ['filler', FILLERS],
  ] as const
).flatMap(([role, texts]) => texts.map((text) => ({ role, key: text, words: wordsOf(text) })));

const knownItems: readonly Known[] = TOPICS.flatMap((topic) =>
  topic.facts.map((fact) => ({ role: 'item' as const, key: fact, words: wordsOf(fact), topic })),
);

const exactFrames = new Map(knownFrames.map((known) => [known.words.join(' '), known]));
const exactItems = new Map(knownItems.map((known) => [known.words.join(' '), known]));
const connectives = CONNECTIVES.flat().map((connective) => wordsOf(connective));

/** Reads any text as an answer, sentence by sentence. */
export function readAnswer(text: string): Sentence[] {
  return splitSentences(text).map((sentence) => readSentence(wordsOf(sentence)));
}

function readSentence(words: string[]): Sentence {
  const inner = withoutConnective(words);
  const known =
    exactFrames.get(words.join(' ')) ??
    exactItems.get(inner.join(' ')) ??
    readLead(words) ??
    closest(knownItems, inner) ??
    closest(knownFrames, words);
  return known ? { ...known, words } : { role: 'unknown', key: words.join(' '), words };
}

function withoutConnective(words: string[]): string[] {
  const connective = connectives.find((start) => start.every((word, i) => words[i] === word));
  return connective ? words.slice(connective.length) : words;
}

function readLead(words: readonly string[]): Omit<Sentence, 'words'> | undefined {
  const { topic, count, context } = readRequest(words.join(' '));
  if (!topic) return undefined;
  const parts = { request: requestPhrase(topic, count ?? 'two'), context: context?.answered ?? '' };
  // The first words must be right: a lead differs from the prompt said again in nothing else.
  const lead = LEADS.find((text) => wordsOf(fill(text, {})).every((word, i) => words[i] === word));
  if (!lead || similarity(words, wordsOf(fill(lead, parts))) < KNOWN) return undefined;
  return { role: 'lead', key: words.join(' '), topic, ...(context && { context }) };
}

function closest(candidates: readonly Known[], words: readonly string[]): Known | undefined {
  let best: Known | undefined;
  let bestScore = 0;
  for (const candidate of candidates) {
    const score = similarity(words, candidate.words);
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return bestScore >= KNOWN ? best : undefined;
}
