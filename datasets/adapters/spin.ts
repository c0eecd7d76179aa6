import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { pairOfSides } from './pairOfSides.ts';
import { promptMessages } from '../promptMessages.ts';
import { RowFault } from './rowFault.ts';

/** @see https://github.com/uclaml/SPIN, whose files hold the true answer in `real` and the model's in `generated` */
export const spin: Adapter = {
  name: 'spin',
  describes: 'real and generated as lists of messages: the true answer is chosen, the generated one rejected',
  matches: (row) => has(row, 'real') || has(row, 'generated'),
  toPairs: ({ real, generated, prompt }) => {
    const pair = pairOfSides({ chosen: real, rejected: generated, prompt });
    return pair instanceof RowFault ? renamed(pair) : [pair];
  },
  toPrompt: ({ real }) => {
    const prompt = promptMessages({ chosen: real });
    return prompt instanceof RowFault ? renamed(prompt) : prompt;
  },
};

function renamed({ reason, why, field, value }: RowFault): RowFault {
  return new RowFault(reason, inSpin(why), field && inSpin(field), value);
}

const inSpin = (text: string): string =>
  text.replaceAll(/\bchosen\b/g, 'real').replaceAll(/\brejected\b/g, 'generated');
