import { readFile } from 'node:fs/promises';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';

/** Turns a failed file operation into a message a user can act on. */
export function inputError(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new UserError('input.missing', `${path}: expected a file, found none. Check the path.`, { cause: error });
  }
  if (code === 'EISDIR') {
    const message = `${path}: expected a file, found a folder. Name a file inside it.`;
    return new UserError('input.folder', message, { cause: error });
  }
  const message = `${path}: expected a readable file, got "${reasonOf(error)}". Check the file's permissions.`;
  return new UserError('input.unreadable', message, { cause: error });
}

/**
 * Reads a whole file.
 * @throws {UserError} when it is missing, a folder or unreadable
 */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw inputError(path, error);
  }
}
