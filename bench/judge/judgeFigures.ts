import { accuracyFigures, type AccuracyFigures } from './accuracyFigures.ts';
import { bestOfFigures, type BestOfFigures } from './bestOfFigures.ts';
import { calibrationFigures, type CalibrationFigures } from './calibrationFigures.ts';
import { groupBy } from './groupBy.ts';
import type { JudgedPair } from './judgedPair.ts';
import { lengthFigures, type LengthFigures } from './lengthFigures.ts';
import { positionFigures, type PositionFigures } from './positionFigures.ts';
import { rewardBenchScores, type RewardBenchScores } from './rewardBench.ts';

/** What can be told of a judge from its verdicts on labelled pairs. */
export interface JudgeFigures {
  overall: AccuracyFigures;
  /** By the pairs' subset, in the order in which they occur; empty when no pair names one. */
  subsets: Record<string, AccuracyFigures>;
  /** RewardBench's sections: `strict` from accuracies, `credit` with 1/2 for ties and failures. Null for other data. */
  rewardBench: { strict: RewardBenchScores; credit: RewardBenchScores } | null;
  /** By subset where a better answer meets several others, as in RewardBench 2. */
  bestOf: Record<string, BestOfFigures>;
  calibration: CalibrationFigures | null;
  position: PositionFigures | null;
  length: LengthFigures;
}

/** The name of pairs without a subset, in `bestOf`. */
const REST = 'other';

/**
 * Measures a judge by its verdicts on pairs whose better answer is known.
 *
 * @example
 *   const { overall, calibration } = judgeFigures(pairs.map((pair, i) => ({ pair, verdict: verdicts[i]! })));
 */
export function judgeFigures(judged: readonly JudgedPair[]): JudgeFigures {
  const groups = groupBy(judged, ({ pair }) => pair.subset ?? REST);
  const subsets = new Map([...groups].map(([subset, entries]) => [subset, accuracyFigures(entries)]));
  const bestOf = [...groups].flatMap(([subset, entries]) => {
    const figures = bestOfFigures(entries);
    return figures ? [[subset, figures] as const] : [];
  });
  const named = judged.some(({ pair }) => pair.subset !== undefined);
  return {
    overall: accuracyFigures(judged),
    subsets: named ? Object.fromEntries(subsets) : {},
    rewardBench: rewardBenchOf(subsets),
    bestOf: Object.fromEntries(bestOf),
    calibration: calibrationFigures(judged),
    position: positionFigures(judged),
    length: lengthFigures(judged),
  };
}

function rewardBenchOf(subsets: ReadonlyMap<string, AccuracyFigures>): JudgeFigures['rewardBench'] {
  const scoresBy = (measure: 'accuracy' | 'credit'): RewardBenchScores | null =>
    rewardBenchScores(
      new Map([...subsets].flatMap(([subset, { [measure]: share }]) => (share === null ? [] : [[subset, share]]))),
    );
  const [strict, credit] = [scoresBy('accuracy'), scoresBy('credit')];
  return strict && credit && { strict, credit };
}
