import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';

/** TRL's standard language modeling: text that answers nothing. It has no prompt, so it cannot be read as one. */
export const languageModeling: Adapter = {
  name: 'language-modeling',
  describes: 'text alone',
  matches: (row) => has(row, 'text'),
  toResponses: ({ text }) => {
    if (typeof text !== 'string') return RowFault.in('text', 'text', text);
    const fault = new RowFault('empty-answer', 'expected text in "text", found an empty one', 'text', text);
    return text.trim() === '' ? fault : [{ prompt: [], response: text }];
  },
};
