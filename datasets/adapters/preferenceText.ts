import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/** Also TRL's standard preference format with an explicit prompt. */
export const preferenceText: Adapter = {
  name: 'preference-text',
  describes: 'chosen and rejected as text beside prompt, messages, or instruction with input',
  matches: (row) => has(row, 'chosen') || has(row, 'rejected'),
  toPairs: (row) => {
    const pair = pairOfSides(row);
    return pair instanceof RowFault ? pair : [pair];
  },
  toPrompt: promptMessages,
};
