import type { PreferenceMatrix } from './preferenceMatrix.ts';
import { winRates } from './winRates.ts';

/** A pair of answers to train on. */
export interface SelectedPair {
  chosen: number;
  rejected: number;
  /** Win rates of both. */
  pChosen: number;
  pRejected: number;
  /** Null where the two were not compared. */
  pChosenBeatsRejected: number | null;
}

export interface SelectPairsOptions {
  /**
   * `max-min` (default): best and worst; `best-second`: best and second best; `ranked`: every answer with every one that
   * has a lower win rate. Of equal ones the first counts as best, or as worst.
   */
  rule?: 'max-min' | 'best-second' | 'ranked';
  /** See `winRates`. */
  self?: 'included' | 'excluded';
  /** Smallest difference of win rates. Default 0, at which equal ones still make a pair of max-min or best-second. */
  minMargin?: number;
  /** Smallest win rate of a chosen answer. Default 0. */
  minChosen?: number;
  /** Whether the chosen answer must beat the rejected one in their own comparison. Default false. */
  mustBeat?: boolean;
}

/** Picks pairs from the preferences among the answers to one prompt, best first; answers never compared are left out. */
export function selectPairs(matrix: PreferenceMatrix, options: SelectPairsOptions = {}): SelectedPair[] {
  const { rule = 'max-min', self = 'included', minMargin = 0, minChosen = 0, mustBeat = false } = options;
  const rates = winRates(matrix, { self });
  const known = rates.flatMap((rate, answer) => (rate === null ? [] : [{ rate, answer }]));
  const ranked = known.sort((a, b) => b.rate - a.rate || a.answer - b.answer);
  if (ranked.length < 2) return [];
  const least = ranked.find(({ rate, answer }) => rate === ranked.at(-1)!.rate && answer !== ranked[0]!.answer)!;
  const candidates = {
    'max-min': () => [[ranked[0]!, least]],
    'best-second': () => [ranked.slice(0, 2)],
    ranked: () => ranked.flatMap((high) => ranked.filter(({ rate }) => rate < high.rate).map((low) => [high, low])),
  }[rule]();
  return candidates.flatMap(([high, low]) => {
    const beats = matrix[high!.answer]![low!.answer]!;
    if (high!.rate - low!.rate < minMargin || high!.rate < minChosen) return [];
    if (mustBeat && !(beats !== null && beats > 0.5)) return [];
    const pair = { chosen: high!.answer, rejected: low!.answer, pChosen: high!.rate, pRejected: low!.rate };
    return [{ ...pair, pChosenBeatsRejected: beats }];
  });
}
