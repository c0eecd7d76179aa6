import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { responseOf } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

/** @see https://github.com/tatsu-lab/stanford_alpaca */
export const alpaca: Adapter = {
  name: 'alpaca',
  describes: 'instruction, with or without input, and output',
  matches: (row) => has(row, 'instruction'),
  toPrompt: promptMessages,
  toResponses: ({ instruction, input, output }) => {
    const response = responseOf({ instruction, input, output }, 'output');
    return response instanceof RowFault ? response : [response];
  },
};
