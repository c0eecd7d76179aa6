import { mean } from '../alpacaEval/winRate.ts';

/** Answers to one prompt. */
export interface RankedAnswers {
  right: readonly boolean[];
  /** What each says in the end, for the vote; undefined for one without a final answer, which has no vote. */
  finals: readonly (string | undefined)[];
  /** Scores of the policy as its own judge. */
  self?: readonly number[] | undefined;
  /** Scores of another judge. */
  judge?: readonly number[] | undefined;
}

/** Shares of prompts whose chosen answer is right. Null for a chooser that was not asked. */
export interface RerankFigures {
  prompts: number;
  passAt1: number;
  majority: number;
  self: number | null;
  judge: number | null;
  /** At least one answer is right: what no chooser can beat. */
  passAtK: number;
}

/**
 * Ways to choose one answer of K: any (pass@1), the final answer that most agree on, the one that the policy itself or
 * another judge scores best. Where several are chosen equally, the share of right ones among them counts.
 *
 * @throws {RangeError} without prompts
 * @see Wang et al. 2022, arXiv:2203.11171 (majority, section 2); Feng et al. 2025, arXiv:2505.11227 (self-rerank, section 4)
 */
export function rerank(prompts: readonly RankedAnswers[]): RerankFigures {
  if (prompts.length === 0) throw new RangeError('rerank: expected prompts, found none.');
  const by = (scores: (prompt: RankedAnswers) => readonly number[] | undefined): number | null =>
    prompts.every((prompt) => scores(prompt))
      ? mean(prompts.map((prompt) => rightAmongBest(prompt.right, scores(prompt)!)))
      : null;
  return {
    prompts: prompts.length,
    passAt1: mean(prompts.map(({ right }) => share(right))),
    majority: by(votes)!,
    self: by(({ self }) => self),
    judge: by(({ judge }) => judge),
    passAtK: mean(prompts.map(({ right }) => (right.includes(true) ? 1 : 0))),
  };
}

function votes({ finals }: RankedAnswers): number[] {
  return finals.map((own) => (own === undefined ? 0 : finals.filter((other) => other === own).length));
}

function rightAmongBest(right: readonly boolean[], scores: readonly number[]): number {
  const best = scores.reduce((a, b) => Math.max(a, b));
  return share(right.filter((_, at) => scores[at] === best));
}

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length;
}
