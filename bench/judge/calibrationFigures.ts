import type { JudgedPair } from './judgedPair.ts';

const BINS = 10;
/** Smallest probability in the log loss: a judge that is sure and wrong loses 34.5 nats, not infinitely many. */
const LEAST = 1e-15;

/** The verdicts whose confidence lies in (low, high]; the first bin holds 1/2 as well. */
export interface ConfidenceBin {
  low: number;
  high: number;
  pairs: number;
  /** Mean confidence and share right, null in an empty bin. */
  confidence: number | null;
  accuracy: number | null;
}

export interface CalibrationFigures {
  /** Expected calibration error: sum over bins of (pairs in it / pairs) |accuracy - confidence|. */
  ece: number;
  /** Mean of (1 - p)^2, p the probability of the better answer. 1/4 for a judge that always says 1/2. */
  brier: number;
  /** Mean of -ln p, with p at least 1e-15. ln 2 for a judge that always says 1/2. */
  logLoss: number;
  bins: ConfidenceBin[];
}

/**
 * How far a judge's probabilities can be taken at their word. The confidence of a verdict is max(p, 1 - p), in [1/2, 1],
 * which ten bins of equal width share; a tie is half right. Failures do not count. Null without verdicts.
 *
 * @see Guo et al. 2017, arXiv:1706.04599, Eq. (3), on confidences of two classes; Brier 1950
 */
export function calibrationFigures(judged: readonly JudgedPair[]): CalibrationFigures | null {
  const probabilities = judged.flatMap(({ verdict: { pFirst } }) => (pFirst === undefined ? [] : [pFirst]));
  if (probabilities.length === 0) return null;
  const bins = Array.from({ length: BINS }, (_, i) => binOf(probabilities, i));
  const mean = (value: (p: number) => number): number =>
    probabilities.reduce((sum, p) => sum + value(p), 0) / probabilities.length;
  return {
    ece: bins.reduce(
      (sum, { pairs, accuracy, confidence }) =>
        sum + (pairs / probabilities.length) * Math.abs((accuracy ?? 0) - (confidence ?? 0)),
      0,
    ),
    brier: mean((p) => (1 - p) ** 2),
    logLoss: mean((p) => -Math.log(Math.max(p, LEAST))),
    bins,
  };
}

function binOf(probabilities: readonly number[], index: number): ConfidenceBin {
  const edge = (i: number): number => (BINS + i) / (2 * BINS);
  const [low, high] = [edge(index), edge(index + 1)];
  const inside = probabilities.filter((p) => {
    const confidence = Math.max(p, 1 - p);
    return confidence <= high && (confidence > low || index === 0);
  });
  const mean = (value: (p: number) => number): number | null =>
    inside.length === 0 ? null : inside.reduce((sum, p) => sum + value(p), 0) / inside.length;
  return {
    low,
    high,
    pairs: inside.length,
    confidence: mean((p) => Math.max(p, 1 - p)),
    accuracy: mean((p) => (Math.sign(p - 0.5) + 1) / 2),
  };
}
