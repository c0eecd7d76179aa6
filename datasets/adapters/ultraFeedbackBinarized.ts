import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/** Names of both scores: HuggingFaceH4's and TRL's, argilla's cleaned version, and argilla's mixes. */
const SCORES = [
  ['score_chosen', 'score_rejected'],
  ['chosen-rating', 'rejected-rating'],
  ['chosen_rating', 'rejected_rating'],
] as const;

/**
 * @see https://huggingface.co/datasets/HuggingFaceH4/ultrafeedback_binarized
 * @see https://huggingface.co/datasets/argilla/ultrafeedback-binarized-preferences-cleaned
 */
export const ultraFeedbackBinarized: Adapter = {
  name: 'ultrafeedback-binarized',
  describes:
    'chosen and rejected, as messages or text, with score_chosen and score_rejected (or chosen-rating and so on)',
  matches: (row) => scoresOf(row) !== undefined && (has(row, 'chosen') || has(row, 'rejected')),
  toPairs: (row, { minMargin }) => {
    const pair = pairOfSides(row);
    if (pair instanceof RowFault) return pair;
    const names = scoresOf(row) ?? SCORES[0];
    const [chosen, rejected] = names.map((name) => numberIn(row[name]));
    if (chosen === undefined) return RowFault.in(names[0], 'a number', row[names[0]]);
    if (rejected === undefined) return RowFault.in(names[1], 'a number', row[names[1]]);
    const scoreMargin = chosen - rejected;
    if (scoreMargin < minMargin) {
      const why = `expected "${names[0]}" at least ${minMargin} above "${names[1]}", found ${scoreMargin}`;
      return new RowFault('margin', why, names[0], row[names[0]]);
    }
    return [{ ...pair, scoreMargin }];
  },
  toPrompt: promptMessages,
};

const scoresOf = (row: RawRow): (typeof SCORES)[number] | undefined =>
  SCORES.find(([chosen, rejected]) => has(row, chosen) || has(row, rejected));
