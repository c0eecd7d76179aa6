import { promptMessages } from '../promptMessages.ts';
import type { Adapter } from './adapter.ts';
import { has } from './adapter.ts';
import { RowFault } from './rowFault.ts';
import { responseOf } from './responseOf.ts';

/** KTO's rows, which TRL calls unpaired preference, standard and conversational. */
export const kto: Adapter = {
  name: 'kto',
  describes: 'prompt, completion and label (true for a good answer), as text or messages',
  matches: (row) => has(row, 'prompt', 'label') && 'completion' in row,
  toPrompt: promptMessages,
  toResponses: (row) => {
    const label = truthIn(row['label']);
    if (label === undefined) return RowFault.in('label', 'true or false', row['label']);
    const response = responseOf({ prompt: row['prompt'], completion: row['completion'] }, 'completion');
    return response instanceof RowFault ? response : [{ ...response, label }];
  },
};

/** CSV writes booleans as text: True from pandas, true from most others. */
function truthIn(cell: unknown): boolean | undefined {
  if (typeof cell === 'boolean') return cell;
  if (cell === 'true' || cell === 'True') return true;
  return cell === 'false' || cell === 'False' ? false : undefined;
}
