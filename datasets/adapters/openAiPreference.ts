import type { Message } from '../messages.ts';
import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

/** What OpenAI's fine-tuning on preferences takes. */
export const openAiPreference: Adapter = {
  name: 'openai-preference',
  describes: 'input {messages} with preferred_output and non_preferred_output as messages',
  matches: (row) => has(row, 'preferred_output') || has(row, 'non_preferred_output'),
  toPairs: (row) => {
    const prompt = promptOf(row);
    if (prompt instanceof RowFault) return prompt;
    const pair = pairOfSides({ prompt, chosen: row['preferred_output'], rejected: row['non_preferred_output'] });
    if (!(pair instanceof RowFault)) return [pair];
    return new RowFault(pair.reason, inOpenAi(pair.why), pair.field && inOpenAi(pair.field), pair.value);
  },
  toPrompt: promptOf,
};

function promptOf({ input }: RawRow): Message[] | RowFault {
  const isObject = typeof input === 'object' && input !== null && 'messages' in input;
  return isObject ? promptMessages({ messages: input.messages }) : RowFault.in('input', '{messages}', input);
}

const inOpenAi = (text: string): string =>
  text.replaceAll(/\bchosen\b/g, 'preferred_output').replaceAll(/\brejected\b/g, 'non_preferred_output');
