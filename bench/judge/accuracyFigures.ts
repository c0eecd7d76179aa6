import { winRate } from '../../src/world/winRate.ts';
import { outcomeOf, type JudgedPair, type Outcome } from './judgedPair.ts';

export interface AccuracyFigures {
  pairs: number;
  right: number;
  ties: number;
  wrong: number;
  /** Without a verdict; they count in no share below but `credit`. */
  failed: number;
  /** right / (pairs - failed): a tie is no right answer, as RewardBench scores reward models. Null without verdicts. */
  accuracy: number | null;
  /** Wilson's 95% interval of `accuracy`. */
  interval: { low: number; high: number } | null;
  /** Mean credit over all pairs, ties and failures 1/2, as RewardBench scores judges that write text. Null without pairs. */
  credit: number | null;
}

/** How often a judge finds the better answer. */
export function accuracyFigures(judged: readonly JudgedPair[]): AccuracyFigures {
  const counts: Record<Outcome, number> = { right: 0, tie: 0, wrong: 0, failed: 0 };
  for (const { verdict } of judged) counts[outcomeOf(verdict)] += 1;
  const { right, tie: ties, wrong, failed } = counts;
  const valid = judged.map(({ verdict }) => outcomeOf(verdict)).filter((outcome) => outcome !== 'failed');
  const strict = valid.length === 0 ? null : winRate(valid.map((outcome) => Number(outcome === 'right')));
  return {
    pairs: judged.length,
    right,
    ties,
    wrong,
    failed,
    accuracy: strict && strict.rate,
    interval: strict && { low: strict.low, high: strict.high },
    credit: judged.length === 0 ? null : (right + (ties + failed) / 2) / judged.length,
  };
}
