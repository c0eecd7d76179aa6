import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/**
 * Pairs with a system message and a question; argilla's version calls the question `input`.
 *
 * @see https://huggingface.co/datasets/Intel/orca_dpo_pairs
 */
export const orca: Adapter = {
  name: 'orca',
  describes: 'chosen and rejected as text beside question (or input) and system',
  matches: (row) =>
    (has(row, 'chosen') || has(row, 'rejected')) &&
    (has(row, 'question') || (has(row, 'input', 'system') && !has(row, 'instruction'))) &&
    !has(row, 'prompt'),
  toPairs: (row) => {
    const prompt = questionOf(row);
    if (prompt instanceof RowFault) return prompt;
    const pair = pairOfSides({ prompt, chosen: row['chosen'], rejected: row['rejected'] });
    return pair instanceof RowFault ? pair : [pair];
  },
  toPrompt: questionOf,
};

function questionOf(row: RawRow): Message[] | RowFault {
  const field = has(row, 'question') ? 'question' : 'input';
  const { [field]: question, system } = row;
  const given = promptMessages({ prompt: question });
  if (given instanceof RowFault) return question === undefined ? RowFault.in(field, 'text', question) : given;
  if (system !== undefined && system !== null && typeof system !== 'string') {
    return RowFault.in('system', 'text', system);
  }
  return system ? [{ role: 'system', content: system }, ...given] : given;
}
