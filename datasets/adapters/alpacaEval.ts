import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';
import { responseOf } from './responseOf.ts';

/** @see https://github.com/tatsu-lab/alpaca_eval */
export const alpacaEval: Adapter = {
  name: 'alpaca-eval',
  describes: "AlpacaEval's outputs: instruction, output and generator",
  matches: (row) => has(row, 'instruction', 'generator'),
  toPrompt: promptMessages,
  toResponses: (row) => {
    const { instruction, output, generator } = row;
    if (typeof generator !== 'string') return RowFault.in('generator', 'a name', generator);
    const response = responseOf({ instruction, output }, 'output');
    return response instanceof RowFault ? response : [{ ...response, generator }];
  },
};
