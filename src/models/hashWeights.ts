import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';

import { openWeights } from './weightFiles.ts';

/**
 * First 16 hexadecimal digits of the SHA-256 of a model's weights, read in pieces: of model.safetensors, or of its parts
 * one after the other.
 *
 * @throws {UserError} when the folder has no whole weights
 */
export async function hashWeights(folder: string): Promise<string> {
  const weights = await openWeights(folder);
  await weights.close();
  const hash = createHash('sha256');
  for (const { name } of weights.layout.files) {
    for await (const chunk of createReadStream(join(dirname(weights.path), name))) hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex').slice(0, 16);
}
