import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { numberIn } from './numberIn.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';
import { responseOf } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

/** Where earlier turns of a prompt are cut off from each other, and where an assistant's begins. */
const TURN = /\n?<extra_id_1>(User|Assistant)\n/;

/**
 * HelpSteer's preferences, from -3 (the first response is much better) to 3 (the second is), in the names of versions 2 and
 * 3; and its rated responses, whose score is the helpfulness.
 *
 * @see https://huggingface.co/datasets/nvidia/HelpSteer2
 */
export const helpSteer: Adapter = {
  name: 'helpsteer',
  describes:
    'prompt with response_1, response_2 and preference_strength (or context, response1, response2 and overall_preference), or with response and helpfulness',
  matches: (row) =>
    has(row, 'preference_strength') || has(row, 'overall_preference') || has(row, 'response', 'helpfulness'),
  toPairs: (row, { minMargin }) => {
    const isThird = has(row, 'overall_preference');
    const names = isThird ? (['response1', 'response2'] as const) : (['response_1', 'response_2'] as const);
    const field = isThird ? 'overall_preference' : 'preference_strength';
    const prompt = promptOf(row);
    if (prompt instanceof RowFault) return prompt;
    const [first, second] = names.map((name) => row[name]);
    if (typeof first !== 'string') return RowFault.in(names[0], 'text', first);
    if (typeof second !== 'string') return RowFault.in(names[1], 'text', second);
    const strength = numberIn(row[field]);
    if (strength === undefined) return RowFault.in(field, 'a number', row[field]);
    if (strength === 0) return new RowFault('tie', `expected a winner in "${field}", found a tie (0)`, field, strength);
    const scoreMargin = Math.abs(strength);
    if (scoreMargin < minMargin) {
      const why = `expected a margin of at least ${minMargin} in "${field}", found ${strength}`;
      return new RowFault('margin', why, field, strength);
    }
    const pair =
      strength < 0
        ? pairOfAnswers(prompt, first, second, names)
        : pairOfAnswers(prompt, second, first, [names[1], names[0]]);
    return pair instanceof RowFault ? pair : [{ ...pair, scoreMargin }];
  },
  toPrompt: promptOf,
  toResponses: (row) => {
    const prompt = promptOf(row);
    if (prompt instanceof RowFault) return prompt;
    const response = responseOf({ prompt, response: row['response'] }, 'response');
    if (response instanceof RowFault) return response;
    const score = numberIn(row['helpfulness']);
    return score === undefined ? RowFault.in('helpfulness', 'a number', row['helpfulness']) : [{ ...response, score }];
  },
};

function promptOf({ prompt, context }: RawRow): Message[] | RowFault {
  const given = prompt ?? context;
  if (typeof given !== 'string') return promptMessages({ prompt: given });
  const [first = '', ...rest] = given.split(TURN);
  const messages: Message[] = [{ role: 'user', content: first }];
  for (let at = 0; at < rest.length; at += 2) {
    messages.push({ role: rest[at] === 'User' ? 'user' : 'assistant', content: rest[at + 1]! });
  }
  return promptMessages({ prompt: messages });
}
