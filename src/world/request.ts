import { CONTEXTS } from './lexicon/contexts.ts';
import type { Context } from './lexicon/contexts.ts';
import type { Topic } from './lexicon/topic.ts';
import { TOPICS } from './lexicon/topics.ts';
import { containsPhrase, wordsOf } from './sentences.ts';

/** The counts a prompt can ask for, by their word. */
export const COUNTS = { two: 2, three: 3 } as const;
export type CountWord = keyof typeof COUNTS;

/** What a text asks for or announces; parts that it does not name are absent. */
export interface Request {
  topic?: Topic;
  count?: CountWord;
  context?: Context;
}

/** Reads topic, count and context from any text, as its words and nothing else say them. */
export function readRequest(text: string): Request {
  const words = wordsOf(text);
  const topic = TOPICS.find(({ subject }) => containsPhrase(words, subject));
  const context = CONTEXTS.find(
    ({ asked, answered }) => containsPhrase(words, asked) || containsPhrase(words, answered),
  );
  const count = words.find((word): word is CountWord => Object.hasOwn(COUNTS, word));
  return { ...(topic && { topic }), ...(count && { count }), ...(context && { context }) };
}

/** "three tips for growing tomatoes" */
export function requestPhrase(topic: Topic, count: CountWord): string {
  return [count, topic.kind.link, topic.subject].filter(Boolean).join(' ');
}
