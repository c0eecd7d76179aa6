import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has, shown } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';

/**
 * AlpacaEval's annotations. `preference` runs from 1 (the first output wins) to 2 (the second one does); `scoreMargin` is its
 * distance from the middle, doubled: the winner's probability minus the loser's.
 */
export const alpacaEvalAnnotations: Adapter = {
  name: 'alpaca-eval-annotations',
  describes: "AlpacaEval's annotations: instruction, output_1, output_2 and preference from 1 to 2",
  matches: (row) => has(row, 'instruction') && (has(row, 'output_1') || has(row, 'output_2')),
  toPairs: (row, { minMargin }) => {
    const { instruction, preference, output_1: first, output_2: second } = row;
    const prompt = promptMessages({ instruction });
    if (typeof prompt === 'string') return prompt;
    if (typeof first !== 'string') return `expected text in "output_1", found ${shown(first)}`;
    if (typeof second !== 'string') return `expected text in "output_2", found ${shown(second)}`;
    const value = numberIn(preference);
    if (value === undefined || value < 1 || value > 2) {
      return `expected a number from 1 to 2 in "preference", found ${shown(preference)}`;
    }
    if (value === 1.5) return 'expected a winner in "preference", found a tie (1.5)';
    const scoreMargin = Math.abs(2 * value - 3);
    if (scoreMargin < minMargin)
      return `expected a margin of at least ${minMargin}, found ${scoreMargin} in "preference"`;
    const pair =
      value < 1.5
        ? pairOfAnswers(prompt, first, second, ['output_1', 'output_2'])
        : pairOfAnswers(prompt, second, first, ['output_2', 'output_1']);
    return typeof pair === 'string' ? pair : [{ ...pair, scoreMargin }];
  },
  toPrompt: promptMessages,
};
