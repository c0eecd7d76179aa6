import { stat } from 'node:fs/promises';

import { UserError } from '../../../base/userError.ts';

/** Option of the verbs that write a file. */
export const FORCE = { type: 'boolean', default: false, describe: 'Replace the output if it exists' } as const;

/** Refuses to write over a file unless told to. */
export async function refuseOutput(path: string, force: boolean): Promise<void> {
  if (force || (await stat(path).catch(() => null)) === null) return;
  throw new UserError('output.exists', `${path}: expected a new file, found one. Name another, or add --force.`);
}
