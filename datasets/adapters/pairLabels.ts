import type { AdaptedPair, RawRow } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { RowFault } from './rowFault.ts';

const PROBABILITY = 'p_chosen_beats_rejected';

/**
 * What a row says about its pair besides the answers: the probability of a `pairs` table, and TRL's `margin` where the
 * format has no margin of its own.
 */
export function pairLabels(row: RawRow, pair: AdaptedPair): AdaptedPair | RowFault {
  const cell = row[PROBABILITY] ?? undefined;
  const probability = numberIn(cell);
  if (cell !== undefined && !(probability !== undefined && probability >= 0 && probability <= 1)) {
    return RowFault.in(PROBABILITY, 'a number from 0 to 1', cell);
  }
  const scoreMargin = pair.scoreMargin ?? numberIn(row['margin']);
  return {
    ...pair,
    ...(scoreMargin !== undefined && { scoreMargin }),
    ...(probability !== undefined && { chosenProbability: probability }),
  };
}
