import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { UserError } from '../base/userError.ts';

/**
 * First 16 hexadecimal digits of a file's SHA-256, read in pieces.
 *
 * @throws {UserError} when the file cannot be read
 */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError('input.unreadable', `${path}: cannot be read (${why}). Give the path of a readable file.`, {
      cause: error,
    });
  }
  return hash.digest('hex').slice(0, 16);
}
