import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { responseOf } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

/** TRL's prompt-completion format, standard and conversational. */
export const promptCompletion: Adapter = {
  name: 'prompt-completion',
  describes: 'prompt and completion, as text or messages',
  matches: (row) => has(row, 'prompt') && 'completion' in row,
  toPrompt: promptMessages,
  toResponses: ({ prompt, completion }) => {
    const response = responseOf({ prompt, completion }, 'completion');
    return response instanceof RowFault ? response : [response];
  },
};
