import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startEngine } from 'nashtune/engine';
import { createPolicy, parseDecoderConfig, savePolicy } from 'nashtune/models';
import { BASE_POLICY } from 'nashtune/world';

/** Sizes at which compiling takes seconds. */
const SMALL = { hidden_size: 64, intermediate_size: 128, num_hidden_layers: 1 };

/** Saves a policy of one layer with random weights, and the tokenizer of the quickstart's policy. */
export async function writeSmallPolicy(folder: string, seed: number): Promise<void> {
  await startEngine();
  const shape = JSON.parse(await readFile(join(BASE_POLICY, 'config.json'), 'utf8')) as object;
  const policy = createPolicy(parseDecoderConfig({ ...shape, ...SMALL }, 'small policy'), seed);
  await savePolicy(policy, folder, { companions: BASE_POLICY });
  policy.dispose();
}
