import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';
import { RowFault } from './rowFault.ts';

/**
 * Two comments on a post, and which one its readers preferred: labels is 1 for A, 0 for B. `scoreMargin` is in votes.
 *
 * @see https://huggingface.co/datasets/stanfordnlp/SHP
 */
export const shp: Adapter = {
  name: 'shp',
  describes: 'history with human_ref_A, human_ref_B and labels: 1 where A is preferred, 0 where B is',
  matches: (row) => has(row, 'history') && (has(row, 'human_ref_A') || has(row, 'human_ref_B')),
  toPairs: (row, { minMargin }) => {
    const { history, human_ref_A: first, human_ref_B: second } = row;
    const prompt = promptMessages({ prompt: history });
    if (prompt instanceof RowFault) return prompt;
    if (typeof first !== 'string') return RowFault.in('human_ref_A', 'text', first);
    if (typeof second !== 'string') return RowFault.in('human_ref_B', 'text', second);
    const label = numberIn(row['labels']);
    if (label !== 0 && label !== 1) return RowFault.in('labels', '1 or 0', row['labels']);
    const names = label === 1 ? (['human_ref_A', 'human_ref_B'] as const) : (['human_ref_B', 'human_ref_A'] as const);
    const pair =
      label === 1 ? pairOfAnswers(prompt, first, second, names) : pairOfAnswers(prompt, second, first, names);
    if (pair instanceof RowFault) return pair;
    const [scoreA, scoreB] = [numberIn(row['score_A']), numberIn(row['score_B'])];
    if (scoreA === undefined || scoreB === undefined) {
      return minMargin > 0 ? RowFault.in('score_A', 'numbers here and in "score_B"', row['score_A']) : [pair];
    }
    const scoreMargin = label === 1 ? scoreA - scoreB : scoreB - scoreA;
    if (scoreMargin >= minMargin) return [{ ...pair, scoreMargin }];
    const why = `expected the preferred answer's score at least ${minMargin} above the other's, found ${scoreMargin}`;
    return new RowFault('margin', why, 'score_A', row['score_A']);
  },
  toPrompt: ({ history }) => promptMessages({ prompt: history }),
};
