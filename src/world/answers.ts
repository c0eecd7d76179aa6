import type { RandomStream } from '../base/seed.ts';
import { CLOSINGS, CONNECTIVES, FILLERS, LEADS, OPENINGS, RUDE_CLOSINGS, RUDE_OPENINGS } from './lexicon/frames.ts';
import type { Topic } from './lexicon/topic.ts';
import { TOPICS } from './lexicon/topics.ts';
import { otherContext, promptText } from './prompts.ts';
import type { WorldPrompt } from './prompts.ts';
import { QUALITIES, WORD_LIMIT } from './qualities.ts';
import type { Quality } from './qualities.ts';
import { COUNTS, readRequest, requestPhrase } from './request.ts';
import type { Request } from './request.ts';
import { fill, wordsOf } from './sentences.ts';

/** How often a training answer lacks each quality, independently of the others. */
export const FLAW_RATES: Readonly<Record<Quality, number>> = {
  onTopic: 0.4,
  complete: 0.4,
  polite: 0.45,
  concise: 0.4,
  noRepetition: 0.35,
};

/** An answer is drawn again while it is longer than `WORD_LIMIT`, but no more often than this. */
const DRAWS = 12;

/** A prompt and an answer to it. */
export interface Dialogue {
  prompt: string;
  answer: string;
}

/**
 * `count` training examples: random prompts with an answer each, good and flawed.
 *
 * @example trainingDialogues(worldPrompts(1).train, 20_000, randomStream(1, 'world', 'dialogues'));
 */
export function trainingDialogues(prompts: readonly WorldPrompt[], count: number, random: RandomStream): Dialogue[] {
  return Array.from({ length: count }, () => {
    const prompt = promptText(random.pick(prompts));
    return { prompt, answer: trainingAnswer(prompt, random) };
  });
}

/** An answer as a base policy learns it: each quality is lacking with its own probability, `FLAW_RATES`. */
export function trainingAnswer(prompt: string, random: RandomStream): string {
  const flaws = QUALITIES.filter((quality) => random.uniform() < FLAW_RATES[quality]);
  return composeAnswer(prompt, flaws, random);
}

/** A random answer that scores 1 in every quality. */
export function goodAnswer(prompt: string, random: RandomStream): string {
  return composeAnswer(prompt, [], random);
}

/**
 * A random answer that lacks the named qualities and no other.
 *
 * @throws {RangeError} when the prompt is not one of the world's
 */
export function composeAnswer(prompt: string, flaws: readonly Quality[], random: RandomStream): string {
  const request = readRequest(prompt);
  if (!isWhole(request)) {
    throw new RangeError(`composeAnswer: expected a prompt of worldPrompts(), got ${JSON.stringify(prompt)}.`);
  }
  let shortest: string | undefined;
  for (let draw = 0; draw < DRAWS; draw++) {
    const answer = drawAnswer(request, new Set(flaws), random);
    if (shortest === undefined || length(answer) < length(shortest)) shortest = answer;
    if (length(shortest) <= WORD_LIMIT) break;
  }
  return shortest ?? '';
}

const length = (text: string): number => wordsOf(text).length;

function isWhole(request: Request): request is Required<Request> {
  return request.topic !== undefined && request.count !== undefined && request.context !== undefined;
}

function drawAnswer(request: Required<Request>, flaws: ReadonlySet<Quality>, random: RandomStream): string {
  const asked = COUNTS[request.count];
  const count = flaws.has('complete') ? 1 + random.integer(asked - 1) : asked;
  const stray = flaws.has('onTopic') ? random.pick(TOPICS.filter((topic) => topic !== request.topic)) : undefined;
  const items = drawItems(request.topic, stray, count, random);
  const repeated = flaws.has('noRepetition') ? withRepeats(items, random) : items;
  const { opening, closing } = drawManners(flaws.has('polite'), random);
  const body = [drawLead(request, stray, random), ...withConnectives(repeated, random)];
  const whole = flaws.has('concise') ? withFillers(body, random) : body;
  return [...opening, ...whole, ...closing].join(' ');
}

/** Distinct facts, all or all but one of them about the topic that the answer strays to. */
function drawItems(topic: Topic, stray: Topic | undefined, count: number, random: RandomStream): string[] {
  const right = random.shuffle(topic.facts);
  if (!stray) return right.slice(0, count);
  const wrong = random.shuffle(stray.facts).slice(0, count - (count > 1 ? random.integer(2) : 0));
  return random.shuffle([...wrong, ...right.slice(0, count - wrong.length)]);
}

/** A stray answer may announce the wrong topic, and the wrong context, too. */
function drawLead(request: Required<Request>, stray: Topic | undefined, random: RandomStream): string {
  const topic = stray && random.uniform() < 0.4 ? stray : request.topic;
  const forgets = stray && random.uniform() < 0.3;
  const context = forgets ? otherContext(request.topic, request.context, random) : request.context;
  return fill(random.pick(LEADS), { request: requestPhrase(topic, request.count), context: context.answered });
}

function withRepeats(items: readonly string[], random: RandomStream): string[] {
  const out = [...items];
  const copies = 1 + (random.uniform() < 0.3 ? 1 : 0);
  for (let copy = 0; copy < copies; copy++) {
    const at = random.integer(items.length);
    out.splice(at + 1 + random.integer(out.length - at), 0, items[at]!);
  }
  return out;
}

function withConnectives(items: readonly string[], random: RandomStream): string[] {
  const row = random.pick(CONNECTIVES);
  return items.map((item, i) => `${row[i]!} ${item}.`);
}

/** Fillers follow the lead or any item. */
function withFillers(body: readonly string[], random: RandomStream): string[] {
  const out = [...body];
  for (const filler of random.shuffle(FILLERS).slice(0, 1 + random.integer(2))) {
    out.splice(1 + random.integer(out.length), 0, filler);
  }
  return out;
}

function drawManners(flawed: boolean, random: RandomStream): { opening: string[]; closing: string[] } {
  const draw = (texts: readonly string[]): string[] => [random.pick(texts)];
  if (!flawed) return { opening: draw(OPENINGS), closing: draw(CLOSINGS) };
  const style = random.pick(['silent', 'silent', 'rudeFirst', 'rudeLast', 'half'] as const);
  if (style === 'rudeFirst') return { opening: draw(RUDE_OPENINGS), closing: [] };
  if (style === 'rudeLast') return { opening: [], closing: draw(RUDE_CLOSINGS) };
  if (style === 'silent') return { opening: [], closing: [] };
  return random.uniform() < 0.5 ? { opening: draw(OPENINGS), closing: [] } : { opening: [], closing: draw(CLOSINGS) };
}
