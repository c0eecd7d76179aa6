import type { RandomStream } from '../base/seed.ts';
import { randomStream } from '../base/seed.ts';
import { AUDIENCES, CONTEXTS } from './lexicon/contexts.ts';
import type { Context } from './lexicon/contexts.ts';
import { PHRASINGS } from './lexicon/frames.ts';
import type { Topic } from './lexicon/topic.ts';
import { TOPICS } from './lexicon/topics.ts';
import { COUNTS, requestPhrase } from './request.ts';
import type { CountWord } from './request.ts';
import { fill } from './sentences.ts';

/** A row of the `prompts` table. */
export interface WorldPrompt {
  id: string;
  messages: { role: 'user'; content: string }[];
  source: 'world';
}

/** Every prompt of the world, in two parts without a common pair of topic and context. */
export interface WorldPrompts {
  train: WorldPrompt[];
  heldOut: WorldPrompt[];
}

/** Share of the pairs of topic and context that never occur in training. */
const HELD_OUT_SHARE = 0.15;

/**
 * All prompts of the world, split by the pair of topic and context: held-out pairs occur in training with neither count and
 * in no phrasing, while each topic and each context on its own does. Both parts come in random order.
 *
 * @param seed decides the split and the order; a prompt keeps its id under every seed
 */
export function worldPrompts(seed: number | string): WorldPrompts {
  const random = randomStream(seed, 'world', 'prompts');
  const orders = new Map([AUDIENCES, CONTEXTS].map((contexts) => [contexts, random.shuffle(contexts)]));
  const prompts: WorldPrompts = { train: [], heldOut: [] };
  TOPICS.forEach((topic, index) => {
    const contexts = contextsOf(topic);
    const heldOut = heldOutContexts(orders.get(contexts) ?? contexts, index);
    for (const context of contexts) {
      (heldOut.has(context) ? prompts.heldOut : prompts.train).push(...promptsAbout(topic, context));
    }
  });
  return { train: random.shuffle(prompts.train), heldOut: random.shuffle(prompts.heldOut) };
}

/** The text of a prompt. */
export function promptText(prompt: WorldPrompt): string {
  return prompt.messages.map(({ content }) => content).join('\n');
}

/** One of the contexts that suit the topic, but not `except`. */
export function otherContext(topic: Topic, except: Context, random: RandomStream): Context {
  return random.pick(contextsOf(topic).filter((context) => context !== except));
}

function contextsOf(topic: Topic): readonly Context[] {
  return topic.kind.hasSettings ? CONTEXTS : AUDIENCES;
}

/** A window that moves on with every topic, so that no context is held out of all of them. */
function heldOutContexts(order: readonly Context[], topicIndex: number): Set<Context> {
  const size = Math.round(order.length * HELD_OUT_SHARE);
  return new Set(Array.from({ length: size }, (_, i) => order[(topicIndex * size + i) % order.length]!));
}

function promptsAbout(topic: Topic, context: Context): WorldPrompt[] {
  const counts = Object.keys(COUNTS) as CountWord[];
  return counts.flatMap((count) =>
    [...PHRASINGS, ...topic.kind.phrasings].map((phrasing, index) => ({
      id: `world-${topic.subject}-${context.asked}-${count}-${index}`.replaceAll(' ', '-'),
      messages: [{ role: 'user', content: promptLine(phrasing, topic, context, count) }],
      source: 'world',
    })),
  );
}

function promptLine(phrasing: string, topic: Topic, context: Context, count: CountWord): string {
  const parts = { request: requestPhrase(topic, count), count, subject: topic.subject, context: context.asked };
  return fill(phrasing, parts);
}
