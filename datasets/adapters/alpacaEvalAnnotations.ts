import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';
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
    if (prompt instanceof RowFault) return prompt;
    if (typeof first !== 'string') return RowFault.in('output_1', 'text', first);
    if (typeof second !== 'string') return RowFault.in('output_2', 'text', second);
    const value = numberIn(preference);
    if (value === undefined || value < 1 || value > 2) {
      return RowFault.in('preference', 'a number from 1 to 2', preference);
    }
    if (value === 1.5) {
      return new RowFault('tie', 'expected a winner in "preference", found a tie (1.5)', 'preference', value);
    }
    const scoreMargin = Math.abs(2 * value - 3);
    if (scoreMargin < minMargin) {
      const why = `expected a margin of at least ${minMargin}, found ${scoreMargin} in "preference"`;
      return new RowFault('margin', why, 'preference', value);
    }
    const pair =
      value < 1.5
        ? pairOfAnswers(prompt, first, second, ['output_1', 'output_2'])
        : pairOfAnswers(prompt, second, first, ['output_2', 'output_1']);
    return pair instanceof RowFault ? pair : [{ ...pair, scoreMargin }];
  },
  toPrompt: promptMessages,
};
