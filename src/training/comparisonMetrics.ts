/** Groups of verdicts by confidence, for the calibration error. */
const BINS = 10;

/** How good probabilistic verdicts are. */
export interface ComparisonMetrics {
  /** Share of right verdicts; an undecided one is half right. Ties are not counted. */
  accuracy: number;
  /** Mean cross-entropy, nats; ln 2 for a model that knows nothing. */
  log_loss: number;
  /** Mean squared distance of probability and label. */
  brier: number;
  /**
   * Expected calibration error: the distance of confidence, max(p, 1 - p), and share of right verdicts, in ten equal bins
   * of confidence, weighted by their size.
   */
  ece: number;
}

/**
 * Metrics of verdicts on labelled comparisons.
 *
 * @param logits that the first answer beats the second
 * @param labels probabilities that it does, one for each logit; both are right in their share where a label lies between 0 and 1
 * @throws {RangeError} when there are none
 * @see Guo et al. 2017, arXiv:1706.04599, section 2 (calibration error)
 */
export function comparisonMetrics(logits: ArrayLike<number>, labels: ArrayLike<number>): ComparisonMetrics {
  const count = logits.length;
  if (count === 0 || labels.length !== count) {
    throw new RangeError(`comparisonMetrics: expected one label for each logit, got ${labels.length} for ${count}.`);
  }
  let [right, decided, loss, brier] = [0, 0, 0, 0];
  const gaps = Array.from({ length: BINS }, () => 0);
  for (let i = 0; i < count; i++) {
    const [logit, label] = [logits[i]!, labels[i]!];
    const probability = 1 / (1 + Math.exp(-logit));
    const rightShare = logit === 0 ? 0.5 : logit > 0 ? label : 1 - label;
    if (label !== 0.5) {
      decided++;
      right += logit === 0 ? 0.5 : Number(logit > 0 === label > 0.5);
    }
    // softplus without overflow
    loss += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - label * logit;
    brier += (probability - label) ** 2;
    const confidence = Math.max(probability, 1 - probability);
    gaps[Math.min(BINS - 1, Math.floor((confidence - 0.5) * 2 * BINS))]! += confidence - rightShare;
  }
  const ece = gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / count;
  return { accuracy: decided === 0 ? 0.5 : right / decided, log_loss: loss / count, brier: brier / count, ece };
}
