import { bootstrapInterval, type Interval } from '../alpacaEval/bootstrapInterval.ts';
import { countAttempts, selfCorrectionOf, type SelfCorrection, type TwoAttempts } from './selfCorrection.ts';

/** Figures of self-correction that have an interval. */
const FIGURES = ['accuracyBefore', 'accuracyAfter', 'confidence', 'critique', 'relative'] as const;

/** 95% intervals; null where the figure itself is. */
export type SelfCorrectionIntervals = Record<(typeof FIGURES)[number], Interval | null>;

/**
 * Bootstrap intervals of self-correction's figures. Prompts are drawn, each with all of its answers: answers to one prompt
 * are right or wrong together, and drawn one by one they would make the intervals too narrow.
 *
 * @throws {RangeError} without prompts
 */
export function selfCorrectionIntervals(
  prompts: readonly (readonly TwoAttempts[])[],
  { seed = 1 }: { seed?: number } = {},
): SelfCorrectionIntervals {
  const counts = prompts.map(countAttempts);
  const whole = selfCorrectionOf(counts);
  const interval = (name: keyof SelfCorrectionIntervals & keyof SelfCorrection): Interval | null => {
    // A draw of right answers alone tells nothing of wrong ones, and the other way round.
    const figure = (positions: readonly number[]): number =>
      selfCorrectionOf(positions.map((row) => counts[row]!))[name] ?? NaN;
    return whole[name] === null ? null : bootstrapInterval(prompts.length, figure, { seed });
  };
  return Object.fromEntries(FIGURES.map((name) => [name, interval(name)])) as SelfCorrectionIntervals;
}
