import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';

/** Also TRL's prompt-only format, standard and conversational. */
export const promptOnly: Adapter = {
  name: 'prompt-only',
  describes: 'prompt alone, as text, messages or an HH transcript',
  matches: (row) => has(row, 'prompt'),
  toPrompt: promptMessages,
};
