import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { holdsTurns } from './conversation.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/** Also TRL's conversational preference format, with the prompt apart or in front of each answer. */
export const preferenceMessages: Adapter = {
  name: 'preference-messages',
  describes: 'chosen and rejected as lists of messages that end in the answer; prompt in front, or as text or messages',
  matches: ({ chosen, rejected }) => holdsTurns(chosen) || holdsTurns(rejected),
  toPairs: (row) => {
    const pair = pairOfSides(row);
    return pair instanceof RowFault ? pair : [pair];
  },
  toPrompt: promptMessages,
};
