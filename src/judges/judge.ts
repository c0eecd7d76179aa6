import type { Message } from '../../datasets/index.ts';

/** Two answers to the same conversation. */
export interface Comparison {
  id: string;
  prompt: readonly Message[];
  a: string;
  b: string;
  /** Each side's own earlier answers, in the place of the prompt's. Only a judge with `readsEarlier` heeds them. */
  earlier?: Readonly<Record<'a' | 'b', readonly string[]>> | undefined;
  /** Columns of the prompt's row, such as one with the right answer. */
  columns?: Readonly<Record<string, unknown>> | undefined;
}

/** One answer to a conversation. */
export interface Answer {
  id: string;
  prompt: readonly Message[];
  answer: string;
  /** Columns of the prompt's row, such as one with the right answer. */
  columns?: Readonly<Record<string, unknown>> | undefined;
}

/** What one question to a judge took. Judges that run here count seconds only. */
export interface JudgmentCost {
  seconds: number;
  promptTokens?: number;
  completionTokens?: number;
  /** US dollars, where the prices of the model are known. */
  dollars?: number;
}

/** The probability that `a` beats `b`, or why there is none. A tie is 0.5; an error is neither tie nor loss. */
export interface Verdict {
  pFirst?: number;
  /** The same probability where the judge sees both answers at once: with `a` in front (ab), and with `b` in front (ba). */
  orders?: { ab: number; ba: number };
  error?: string;
  /** What the judge said, where it uses words. */
  raw?: string;
  cost?: JudgmentCost;
}

/** How good one answer is, on the judge's own scale, or why that is not known. */
export interface Score {
  score?: number;
  error?: string;
  raw?: string;
  cost?: JudgmentCost;
}

export interface JudgeOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Compares answers pairwise. Verdicts come in the order of the items; P(a beats b) + P(b beats a) = 1: a judge that cares
 * which answer stands first is asked in both orders. A question that fails is a verdict with an error; only a fault of the
 * judge as a whole (no key, no model, aborted) is thrown.
 */
export interface Judge {
  /** Identifies the judge and its weights in tables and caches. */
  readonly id: string;
  /** Columns of the prompts' rows that it reads. Default: none. */
  readonly columns?: 'all' | readonly string[] | undefined;
  /** Whether it judges each side behind its own earlier answers, where a comparison has them. Default: no. */
  readonly readsEarlier?: boolean | undefined;
  compare(items: readonly Comparison[], options?: JudgeOptions): Promise<Verdict[]>;
  dispose(): void;
}

/** A judge that also scores answers one by one, in the order of the items. */
export interface ScoringJudge extends Judge {
  score(items: readonly Answer[], options?: JudgeOptions): Promise<Score[]>;
  /** What two scores that it gave say of their answers: the verdict of `compare`, without asking again. */
  prefer(a: Score, b: Score): Verdict;
}

/** A judge that tells right answers from wrong ones. */
export interface Verifier extends ScoringJudge {
  /** Score from which on an answer is right. */
  readonly passMark: number;
}

/** Whether a judge tells right answers from wrong ones. */
export function isVerifier(judge: Judge): judge is Verifier {
  return 'passMark' in judge && 'score' in judge;
}
