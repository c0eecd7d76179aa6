import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';

const ids = z.looseObject({
  eos_token_id: z
    .union([z.int(), z.array(z.int())])
    .nullish()
    .transform((tokens) => [tokens ?? []].flat()),
});

/**
 * Reads which tokens end a response of a model beside its tokenizer's end token: those of generation_config.json, where the
 * folder has one.
 *
 * @throws {UserError} `model.badConfig` when the file is malformed
 */
export async function readEndTokens(folder: string): Promise<number[]> {
  const path = join(folder, 'generation_config.json');
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return ids.parse(JSON.parse(text)).eos_token_id;
  } catch {
    throw new UserError(
      'model.badConfig',
      `${path}: expected JSON whose eos_token_id is a token id or a list of them, found other text. ` +
        "Restore the file from the model's source.",
    );
  }
}
