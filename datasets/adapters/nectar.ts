import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { objectsIn } from './conversation.ts';
import { numberIn } from './numberIn.ts';
import { RowFault } from './rowFault.ts';
import { responseOfScored, scoredPairs, type ScoredAnswer } from './scoredPairs.ts';
import { shown } from './shown.ts';

/**
 * Answers ranked from 1, the best. Scores and margins are in ranks, a score the rank below zero.
 *
 * @see https://huggingface.co/datasets/berkeley-nest/Nectar
 */
export const nectar: Adapter = {
  name: 'nectar',
  describes: 'prompt with answers [{answer, rank}], rank 1 the best: best against worst, or all pairs',
  matches: ({ answers }) => objectsIn(answers)?.some((item) => 'rank' in item) ?? false,
  toPairs: (row, scored) => {
    const read = rankedAnswers(row);
    return read instanceof RowFault ? read : scoredPairs('answers', read, scored);
  },
  toPrompt: promptMessages,
  toResponses: (row) => {
    const read = rankedAnswers(row);
    return read instanceof RowFault ? read : read.map(responseOfScored);
  },
};

function rankedAnswers(row: RawRow): ScoredAnswer[] | RowFault {
  const items = objectsIn(row['answers']);
  if (!items) return RowFault.in('answers', 'a list of {answer, rank}', row['answers']);
  const prompt = promptMessages({ prompt: row['prompt'] });
  if (prompt instanceof RowFault) return prompt;
  const answers: ScoredAnswer[] = [];
  for (const [index, { answer, rank, model }] of items.entries()) {
    const at = `answers[${index}]`;
    if (typeof answer !== 'string') return wrong(`${at}.answer`, 'text', answer);
    const place = numberIn(rank);
    if (place === undefined) return wrong(`${at}.rank`, 'a number', rank);
    const generator = typeof model === 'string' ? { generator: model } : {};
    answers.push({ at, prompt, response: answer, score: -place, ...generator });
  }
  return answers;
}

const wrong = (field: string, expected: string, value: unknown): RowFault =>
  new RowFault('wrong-value', `${field}: expected ${expected}, found ${shown(value)}`, field, value);
