import type { Adapter } from './adapter.ts';
import { has, shown } from './adapter.ts';

/** TRL's standard language modeling: text that answers nothing. It has no prompt, so it cannot be read as one. */
export const languageModeling: Adapter = {
  name: 'language-modeling',
  describes: 'text alone',
  matches: (row) => has(row, 'text'),
  toResponses: ({ text }) => {
    if (typeof text !== 'string') return `expected text in "text", found ${shown(text)}`;
    return text.trim() === '' ? 'expected text in "text", found an empty one' : [{ prompt: [], response: text }];
  },
};
