import type { Message } from '../../datasets/index.ts';

/** Two answers to the same conversation. */
export interface Comparison {
  id: string;
  prompt: readonly Message[];
  a: string;
  b: string;
}

/** The probability that `a` beats `b`, or why there is none. A tie is 0.5; an error is neither tie nor loss. */
export interface Verdict {
  pFirst?: number;
  error?: string;
  raw?: string;
}

export interface JudgeOptions {
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Compares answers pairwise. Verdicts come in the order of the items; P(a beats b) + P(b beats a) = 1. */
export interface Judge {
  /** Identifies the judge and its weights in tables and caches. */
  readonly id: string;
  compare(items: readonly Comparison[], options?: JudgeOptions): Promise<Verdict[]>;
  dispose(): void;
}
