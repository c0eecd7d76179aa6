import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { conversationOf } from './conversation.ts';
import { lastAnswer } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

export const shareGpt: Adapter = {
  name: 'sharegpt',
  describes: 'conversations {from, value} by human, gpt and system, whose last gpt turn is the answer',
  matches: (row) => has(row, 'conversations'),
  toPrompt: ({ conversations }) => {
    const turns = conversationOf('conversations', conversations);
    return turns instanceof RowFault ? turns : promptMessages({ messages: turns });
  },
  toResponses: ({ conversations }) => {
    const turns = conversationOf('conversations', conversations);
    if (turns instanceof RowFault) return turns;
    const response = lastAnswer('conversations', turns);
    return response instanceof RowFault ? response : [response];
  },
};
