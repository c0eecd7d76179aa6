import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { conversationOf } from './conversation.ts';
import { lastAnswer } from './responseOf.ts';

export const shareGpt: Adapter = {
  name: 'sharegpt',
  describes: 'conversations {from, value} by human, gpt and system, whose last gpt turn is the answer',
  matches: (row) => has(row, 'conversations'),
  toPrompt: ({ conversations }) => {
    const turns = conversationOf('conversations', conversations);
    return typeof turns === 'string' ? turns : promptMessages({ messages: turns });
  },
  toResponses: ({ conversations }) => {
    const turns = conversationOf('conversations', conversations);
    if (typeof turns === 'string') return turns;
    const response = lastAnswer('conversations', turns);
    return typeof response === 'string' ? response : [response];
  },
};
