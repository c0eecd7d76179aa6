import { promptMessages } from '../promptMessages.ts';
import { parseTranscript } from '../transcript.ts';
import type { Adapter } from './adapter.ts';
import { pairOfSides } from './pairOfSides.ts';
import { RowFault } from './rowFault.ts';

const isTranscript = (value: unknown): boolean => typeof value === 'string' && parseTranscript(value) !== undefined;

export const hhTranscript: Adapter = {
  name: 'hh-transcript',
  describes: 'chosen and rejected as Anthropic HH transcripts, whose last Assistant turn is the answer',
  matches: ({ chosen, rejected }) => isTranscript(chosen) || isTranscript(rejected),
  toPairs: (row) => {
    const pair = pairOfSides(row);
    return pair instanceof RowFault ? pair : [pair];
  },
  toPrompt: promptMessages,
};
