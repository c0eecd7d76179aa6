import type { SampleRow } from '../../../datasets/index.ts';

/** Probabilities that are certain have no odds. */
const CERTAIN = 1e-6;

/**
 * The probability that one answer beats another, where an answer that was cut loses `penalty` nats of its odds: as a
 * penalty on the score does in the Bradley-Terry model. Two cut answers are as they were. Certain verdicts count as odds
 * of 999999 to 1.
 *
 * @param p probability that `first` beats `second`
 * @see huggingface/trl `OnlineDPOConfig.missing_eos_penalty`
 */
export function penalizeUnfinished(
  p: number,
  first: Pick<SampleRow, 'finish_reason'>,
  second: Pick<SampleRow, 'finish_reason'>,
  penalty: number,
): number {
  const lost = (row: Pick<SampleRow, 'finish_reason'>): number => (row.finish_reason === 'stop' ? 0 : penalty);
  const change = lost(second) - lost(first);
  if (change === 0) return p;
  const kept = Math.min(1 - CERTAIN, Math.max(CERTAIN, p));
  return 1 / (1 + Math.exp(-(Math.log(kept / (1 - kept)) + change)));
}
