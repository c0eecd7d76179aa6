import type { JudgmentRow } from '../../../datasets/index.ts';

/** How a judge stands to a frozen one on the same comparisons. */
export interface JudgeDrift {
  /** Comparisons on which both gave a verdict. */
  compared: number;
  /** Share of those with the same preferred answer, or a tie twice. */
  agreement: number;
  /** Share of those with opposite preferences; a tie is opposite to nothing. */
  flips: number;
  /** Mean of |p - p of the frozen judge|. */
  meanDifference: number;
}

type Judgment = Pick<JudgmentRow, 'prompt_id' | 'i' | 'j' | 'p_i_beats_j'>;

/**
 * Compares a round's judgments with those of a frozen judge on the same answers. A judge that trains along with the policy,
 * or is the policy, can come to like whatever the policy writes; the frozen one tells.
 *
 * @returns shares are NaN when the two have no comparison in common
 */
export function judgeDrift(judgments: readonly Judgment[], frozen: readonly Judgment[]): JudgeDrift {
  const before = new Map(frozen.map((row) => [keyOf(row), probabilityOf(row)]));
  const both = judgments.flatMap((row): [now: number, then: number][] => {
    const [now, then] = [probabilityOf(row), before.get(keyOf(row))];
    return now === null || then === null || then === undefined ? [] : [[now, then]];
  });
  const mean = (of: (now: number, then: number) => number): number =>
    both.reduce((sum, [now, then]) => sum + of(now, then), 0) / both.length;
  return {
    compared: both.length,
    agreement: mean((now, then) => Number(side(now) === side(then))),
    flips: mean((now, then) => Number(side(now) * side(then) < 0)),
    meanDifference: mean((now, then) => Math.abs(now - then)),
  };
}

function keyOf({ prompt_id, i, j }: Judgment): string {
  return JSON.stringify([prompt_id, Math.min(i, j), Math.max(i, j)]);
}

/** The probability that the earlier of the two answers wins. */
function probabilityOf({ i, j, p_i_beats_j: p }: Judgment): number | null {
  if (p === null || p === undefined) return null;
  return i < j ? p : 1 - p;
}

/** Which of the two answers is preferred: 1, 0 for a tie, -1. */
function side(p: number): number {
  return Math.sign(p - 0.5);
}
