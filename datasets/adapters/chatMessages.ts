import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { conversationOf } from './conversation.ts';
import { lastAnswer } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

/** Lists for supervised training: OpenAI's, and TRL's conversational language modeling. */
export const chatMessages: Adapter = {
  name: 'messages',
  describes: 'messages {role, content}, whose last assistant turn is the answer',
  matches: (row) => has(row, 'messages'),
  toPrompt: promptMessages,
  toResponses: ({ messages }) => {
    const turns = conversationOf('messages', messages);
    if (turns instanceof RowFault) return turns;
    const response = lastAnswer('messages', turns);
    return response instanceof RowFault ? response : [response];
  },
};
