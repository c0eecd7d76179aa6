import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';
import { numberIn } from './numberIn.ts';
import { pairOfSides } from './pairOfSides.ts';

/** @see https://huggingface.co/datasets/HuggingFaceH4/ultrafeedback_binarized */
export const ultraFeedbackBinarized: Adapter = {
  name: 'ultrafeedback-binarized',
  describes: 'chosen and rejected, as messages or text, with score_chosen and score_rejected',
  matches: (row) => has(row, 'score_chosen') || has(row, 'score_rejected'),
  toPairs: (row, { minMargin }) => {
    const pair = pairOfSides(row);
    if (pair instanceof RowFault) return pair;
    for (const field of ['score_chosen', 'score_rejected'] as const) {
      if (numberIn(row[field]) === undefined) return RowFault.in(field, 'a number', row[field]);
    }
    const scoreMargin = numberIn(row['score_chosen'])! - numberIn(row['score_rejected'])!;
    if (scoreMargin < minMargin) {
      const why = `expected "score_chosen" at least ${minMargin} above "score_rejected", found ${scoreMargin}`;
      return new RowFault('margin', why, 'score_chosen', row['score_chosen']);
    }
    return [{ ...pair, scoreMargin }];
  },
  toPrompt: promptMessages,
};
