import type { JudgeOptions, JudgmentCost } from '../judge.ts';
import type { AnswerToken, ChatAnswer, ChatModel, ChatRequest } from './chatModel.ts';
import type { Decision } from './pairJudge.ts';
import { spokenPart } from './spokenPart.ts';

/** A way to read a preference off a model. */
export type Rung = 'logprobs' | 'samples' | 'text';

export interface LadderOptions {
  /** Ways to read the preference; the next is taken where one gives nothing. */
  rungs: readonly Rung[];
  /** The words for first and second. */
  names: readonly [string, string];
  /** One-word answers that are counted where there are no log-probabilities. */
  samples: number;
  topLogProbs: number;
  /** Of an answer in whole sentences. */
  maxTokens: number;
}

/**
 * Asks a model which of two names is the better one, and takes the finest answer that it gives:
 *
 * - `logprobs`: p(first) / (p(first) + p(second)) among the likeliest first tokens of the answer;
 * - `samples`: how often one-token answers name the first, among those that name either;
 * - `text`: 1 or 0 by the name in the last line of a whole answer at temperature 0.
 *
 * A name counts only when it is exactly the token, as in AlpacaEval's log-probability parser.
 */
export async function climbLadder(
  model: ChatModel,
  questions: readonly ChatRequest['messages'][],
  ladder: LadderOptions,
  options: JudgeOptions,
): Promise<Decision[]> {
  const tries = questions.map((messages): Try => ({ messages, words: [], costs: [] }));
  for (const rung of ladder.rungs) {
    const open = tries.filter(({ decision }) => decision === undefined);
    if (open.length > 0) await RUNGS[rung](model, open, ladder, options);
  }
  return tries.map(({ decision, words, said, costs }) => {
    const text = said ?? words[0];
    const rest = { ...(text === undefined ? {} : { text }), costs };
    if (decision) return { ...decision, ...rest };
    const [first, second] = ladder.names;
    return { error: `named neither "${first}" nor "${second}" (${ladder.rungs.join(', ')})`, ...rest };
  });
}

/** What is known of a question so far. */
interface Try {
  messages: ChatRequest['messages'];
  /** One-token answers. */
  words: string[];
  /** A whole answer. */
  said?: string;
  costs: JudgmentCost[];
  decision?: Pick<Decision, 'pFirst' | 'error' | 'by'>;
}

type Climb = (model: ChatModel, open: Try[], ladder: LadderOptions, options: JudgeOptions) => Promise<void>;

const RUNGS: Record<Rung, Climb> = {
  logprobs: async (model, open, { names, topLogProbs }, options) => {
    const answers = await model.ask(
      open.map(({ messages }) => ({ messages, maxTokens: 1, temperature: 1, topLogProbs, words: names })),
      options,
    );
    open.forEach((question, i) => {
      const { text, tokens } = note(question, answers[i]!);
      if (text !== undefined) question.words.push(text);
      const pFirst = tokens && firstOfTwo(tokens[0]!, names);
      if (pFirst !== undefined) question.decision = { pFirst, by: 'logprobs' };
    });
  },
  samples: async (model, open, { names, samples }, options) => {
    const missing = open.flatMap((question) =>
      Array.from({ length: Math.max(0, samples - question.words.length) }, (_, i) => ({
        question,
        sample: question.words.length + i,
      })),
    );
    const answers = await model.ask(
      missing.map(({ question: { messages }, sample }) => ({ messages, maxTokens: 1, temperature: 1, sample })),
      options,
    );
    missing.forEach(({ question }, i) => {
      const { text } = note(question, answers[i]!);
      if (text !== undefined) question.words.push(text);
    });
    for (const question of open) {
      const count = (name: string): number => question.words.filter((word) => word.trim() === name).length;
      const [first, second] = [count(names[0]), count(names[1])];
      if (question.decision || first + second === 0) continue;
      question.decision = { pFirst: first / (first + second), by: `samples ${first}:${second} of ${samples}` };
    }
  },
  text: async (model, open, { names, maxTokens }, options) => {
    const answers = await model.ask(
      open.map(({ messages }) => ({ messages, maxTokens, temperature: 0 })),
      options,
    );
    open.forEach((question, i) => {
      const { text } = note(question, answers[i]!);
      if (text === undefined) return;
      question.said = text;
      const name = lastName(text, names);
      if (name !== undefined) question.decision = { pFirst: name === names[0] ? 1 : 0, by: 'text' };
    });
  },
};

/** Adds an answer's cost, and takes its error for the decision. */
function note(question: Try, answer: ChatAnswer): ChatAnswer {
  question.costs.push(answer.cost);
  if (answer.error !== undefined) question.decision = { error: answer.error };
  return answer;
}

/** The share of the first of two names in their probability; undefined when the likeliest tokens hold neither. */
export function firstOfTwo({ top }: AnswerToken, [first, second]: readonly [string, string]): number | undefined {
  const [a, b] = [first, second].map((name) => (Object.hasOwn(top, name) ? Math.exp(top[name]!) : 0));
  return a! + b! > 0 ? a! / (a! + b!) : undefined;
}

function lastName(text: string, names: readonly [string, string]): string | undefined {
  const line = spokenPart(text).trim().split('\n').at(-1)!;
  // A letter, digit or apostrophe beside it makes it part of another word, as in "I'm".
  const word = new RegExp(`(?<![\\p{L}\\p{N}'’])(${names.join('|')})(?![\\p{L}\\p{N}'’])`, 'gu');
  return [...line.matchAll(word)].at(-1)?.[1];
}
