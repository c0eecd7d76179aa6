import { promptMessages } from '../promptMessages.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { responseOf } from './responseOf.ts';
import { RowFault } from './rowFault.ts';

/** @see https://huggingface.co/datasets/openai/gsm8k */
export const questionAnswer: Adapter = {
  name: 'question-answer',
  describes: 'question and answer, as GSM8K has them',
  matches: (row) => has(row, 'question') && 'answer' in row,
  toPrompt: (row) => promptMessages(asked(row)),
  toResponses: (row) => {
    const response = responseOf({ ...asked(row), answer: row['answer'] }, 'answer');
    return response instanceof RowFault ? response : [response];
  },
};

const asked = ({ question }: RawRow): RawRow => ({ prompt: question });
