/** Whether a model was right before it looked at its answer again, and after. */
export interface TwoAttempts {
  before: boolean;
  after: boolean;
}

/** What correcting itself does to a model's answers. Null where nothing tells it. */
export interface SelfCorrection {
  prompts: number;
  /** Acc1, Acc2: shares that are right before and after. */
  accuracyBefore: number;
  accuracyAfter: number;
  /** CL, confidence: P(right after | right before). */
  confidence: number | null;
  /** CS, critique: P(right after | wrong before). */
  critique: number | null;
  /**
   * RSS, relative self-correction score: (Acc2 - Acc1^2) / (2 Acc1 (1 - Acc1)), 0.5 when nothing changes; 0 and 1 are
   * where CL = Acc1 and CS = 0, and where CL = 1 and CS = Acc1.
   */
  relative: number | null;
  fixed: number;
  broken: number;
}

/**
 * Confidence and critique of self-correction: Acc2 = Acc1 CL + (1 - Acc1) CS.
 *
 * @see Yang et al. 2024, "Confidence v.s. Critique: A Decomposition of Self-Correction Capability for LLMs",
 *   arXiv:2412.19513, equations of CL, CS and RSS
 * @throws {RangeError} without prompts
 */
export function selfCorrection(prompts: readonly TwoAttempts[]): SelfCorrection {
  return selfCorrectionOf([countAttempts(prompts)]);
}

/** How many answers were right, stayed right and became right. */
export interface AttemptCounts {
  total: number;
  right: number;
  kept: number;
  fixed: number;
}

export function countAttempts(attempts: readonly TwoAttempts[]): AttemptCounts {
  const count = (holds: (attempts: TwoAttempts) => boolean): number => attempts.filter(holds).length;
  return {
    total: attempts.length,
    right: count(({ before }) => before),
    kept: count(({ before, after }) => before && after),
    fixed: count(({ before, after }) => !before && after),
  };
}

/** The figures of counts that are summed. */
export function selfCorrectionOf(counts: readonly AttemptCounts[]): SelfCorrection {
  const sum = (name: keyof AttemptCounts): number => counts.reduce((all, one) => all + one[name], 0);
  const [total, right, kept, fixed] = [sum('total'), sum('right'), sum('kept'), sum('fixed')];
  if (total === 0) throw new RangeError('selfCorrection: expected prompts, found none.');
  return {
    prompts: total,
    accuracyBefore: right / total,
    accuracyAfter: (kept + fixed) / total,
    confidence: right === 0 ? null : kept / right,
    critique: right === total ? null : fixed / (total - right),
    relative: relativeScore(right / total, (kept + fixed) / total),
    fixed,
    broken: right - kept,
  };
}

/** RSS of two accuracies; null where all answers are right before, or none. */
export function relativeScore(before: number, after: number): number | null {
  return before === 0 || before === 1 ? null : (after - before ** 2) / (2 * before * (1 - before));
}
