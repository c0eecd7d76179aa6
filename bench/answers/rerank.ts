import { bootstrapInterval, type Interval } from '../alpacaEval/bootstrapInterval.ts';
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

/** What is told of each chooser; null for one that was not asked. */
export interface Choosers<Figure> {
  passAt1: Figure;
  majority: Figure;
  self: Figure | null;
  judge: Figure | null;
  /** At least one answer is right: what no chooser can beat. */
  passAtK: Figure;
}

/** Shares of prompts whose chosen answer is right, and their 95% bootstrap intervals over prompts. */
export interface RerankFigures extends Choosers<number> {
  prompts: number;
  intervals: Choosers<Interval>;
}

/**
 * Ways to choose one answer of K: any (pass@1), the final answer that most agree on, the one that the policy itself or
 * another judge scores best. Where several are chosen equally, the share of right ones among them counts.
 *
 * @throws {RangeError} without prompts
 * @see Wang et al. 2022, arXiv:2203.11171 (majority, section 2); Feng et al. 2025, arXiv:2505.11227 (self-rerank, section 4)
 */
export function rerank(prompts: readonly RankedAnswers[], { seed = 1 }: { seed?: number } = {}): RerankFigures {
  if (prompts.length === 0) throw new RangeError('rerank: expected prompts, found none.');
  const by = (scores: (prompt: RankedAnswers) => readonly number[] | undefined): number[] | null =>
    prompts.every((prompt) => scores(prompt))
      ? prompts.map((prompt) => rightAmongBest(prompt.right, scores(prompt)!))
      : null;
  const shares: Choosers<number[]> = {
    passAt1: prompts.map(({ right }) => share(right)),
    majority: by(votes)!,
    self: by(({ self }) => self),
    judge: by(({ judge }) => judge),
    passAtK: prompts.map(({ right }) => (right.includes(true) ? 1 : 0)),
  };
  const intervals = ofEach(shares, (values) =>
    bootstrapInterval(values.length, (positions) => mean(positions.map((row) => values[row]!)), { seed }),
  );
  return { prompts: prompts.length, ...ofEach(shares, mean), intervals };
}

function ofEach<Figure>(
  { passAt1, majority, self, judge, passAtK }: Choosers<number[]>,
  figure: (values: readonly number[]) => Figure,
): Choosers<Figure> {
  return {
    passAt1: figure(passAt1),
    majority: figure(majority),
    self: self && figure(self),
    judge: judge && figure(judge),
    passAtK: figure(passAtK),
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
