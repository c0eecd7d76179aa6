import type { Message } from '../../../datasets/index.ts';
import type { JudgeOptions, JudgmentCost, Score } from '../judge.ts';
import type { ChatModel } from './chatModel.ts';
import type { Decision } from './pairJudge.ts';
import { spokenPart } from './spokenPart.ts';

/** How a judge that explains itself is asked. */
export interface TextSettings {
  /** Default 0. Models that reason take 1 only. */
  temperature?: number;
  /** Of an answer, thoughts included. Default 2048. */
  maxTokens?: number;
}

/** What was read off an answer, or why nothing was. */
export interface Reading<T> {
  value?: T;
  error?: string;
  text?: string;
  cost: JudgmentCost;
}

/**
 * Asks for whole answers, and reads a value off each; `read` gives undefined where there is none. A question that is a
 * text is the reason why it cannot be asked.
 */
export async function readAnswers<T>(
  model: ChatModel,
  questions: readonly (readonly Message[] | string)[],
  { temperature = 0, maxTokens = 2048 }: TextSettings,
  read: (text: string) => T | undefined,
  options: JudgeOptions,
): Promise<Reading<T>[]> {
  const askable = questions.filter((question) => typeof question !== 'string');
  const requests = askable.map((messages) => ({ messages, maxTokens, temperature }));
  const answers = (await model.ask(requests, options)).values();
  return questions.map((question) => {
    if (typeof question === 'string') return { error: question, cost: { seconds: 0 } };
    const { text, error, cost } = answers.next().value!;
    if (text === undefined) return { error: error ?? 'no answer', cost };
    const value = read(spokenPart(text));
    return value === undefined ? { error: 'the answer holds no verdict', text, cost } : { value, text, cost };
  });
}

/** A reading that is the probability of the answer shown first. */
export function decisionOf({ value, cost, ...rest }: Reading<number>): Decision {
  return { ...(value === undefined ? {} : { pFirst: value }), ...rest, costs: [cost] };
}

/** A reading that is a score. */
export function scoreOf({ value, error, text, cost }: Reading<number>): Score {
  return {
    ...(value === undefined ? { error: error! } : { score: value }),
    ...(text === undefined ? {} : { raw: text }),
    cost,
  };
}
