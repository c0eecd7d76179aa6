import type { Message } from '../../../datasets/index.ts';
import type { JudgeOptions, JudgmentCost } from '../judge.ts';

/** One question to a language model. */
export interface ChatRequest {
  messages: readonly Message[];
  maxTokens: number;
  /** 0 takes the most likely token. */
  temperature: number;
  /** How many of the likeliest tokens to tell at each position of the answer. Default none. */
  topLogProbs?: number;
  /** All that is read among these tokens. A model in memory then tells no others, which may be a whole vocabulary. */
  words?: readonly string[];
  /** Tells apart several answers to one question; equal requests are asked once. Default 0. */
  sample?: number;
}

/** One token of an answer. */
export interface AnswerToken {
  token: string;
  /** Log-probabilities (nats) of the likeliest tokens at this position. */
  top: Record<string, number>;
}

/** What a model said, or why it said nothing that can be used. */
export interface ChatAnswer {
  text?: string;
  /** Where log-probabilities were asked for and the model gives them. */
  tokens?: AnswerToken[];
  error?: string;
  /** What this answer took now: nothing for one that is known already, or a duplicate of one beside it. */
  cost: JudgmentCost;
}

/**
 * A language model that answers conversations: behind an API (`createApiClient`) or in memory (`createPolicyChat`).
 *
 * Answers come in the order of the requests. A request that fails is an answer with an error; only a fault of the model as
 * a whole is thrown.
 */
export interface ChatModel {
  /** Identifies the model in tables and caches. */
  readonly id: string;
  ask(requests: readonly ChatRequest[], options?: JudgeOptions): Promise<ChatAnswer[]>;
}
