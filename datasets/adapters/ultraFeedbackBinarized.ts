import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has, shown } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { pairOfSides } from './pairOfSides.ts';

/** @see https://huggingface.co/datasets/HuggingFaceH4/ultrafeedback_binarized */
export const ultraFeedbackBinarized: Adapter = {
  name: 'ultrafeedback-binarized',
  describes: 'chosen and rejected, as messages or text, with score_chosen and score_rejected',
  matches: (row) => has(row, 'score_chosen') || has(row, 'score_rejected'),
  toPairs: (row, { minMargin }) => {
    const pair = pairOfSides(row);
    if (typeof pair === 'string') return pair;
    for (const field of ['score_chosen', 'score_rejected'] as const) {
      if (numberIn(row[field]) === undefined) return `expected a number in "${field}", found ${shown(row[field])}`;
    }
    const scoreMargin = numberIn(row['score_chosen'])! - numberIn(row['score_rejected'])!;
    if (scoreMargin < minMargin) {
      return `expected "score_chosen" at least ${minMargin} above "score_rejected", found ${scoreMargin}`;
    }
    return [{ ...pair, scoreMargin }];
  },
  toPrompt: promptMessages,
};
