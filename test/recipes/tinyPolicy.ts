import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { randomStream } from '../../src/base/seed.ts';
import { createPolicy, parseDecoderConfig, savePolicy } from '../../src/models/index.ts';

export const TOKENIZER = fileURLToPath(new URL('../golden/trl_trajectory/model', import.meta.url));
const SHAPE = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 2048,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 64,
  tie_word_embeddings: false,
};

/** Saves a language model with random weights beside a real tokenizer; the engine must have started. */
export async function writeTinyPolicy(folder: string, shape: object = {}): Promise<void> {
  const policy = createPolicy(parseDecoderConfig({ ...SHAPE, ...shape }, 'tiny policy'), 1);
  await savePolicy(policy, folder, { companions: TOKENIZER });
  policy.dispose();
}

const KIND = ['kind', 'warm', 'clear'];
const RUDE = ['rude', 'cold', 'vague'];

/** Pairs whose better answer is told by its words, in a file; `labels` are added to each. */
export async function writeSeparablePairs(path: string, count: number, labels: object = {}): Promise<void> {
  const random = randomStream(1, 'separable pairs');
  const rows = Array.from({ length: count }, (_, i) => ({
    id: `pair-${i}`,
    prompt: `Question ${i}`,
    chosen: `It is ${random.pick(KIND)}`,
    rejected: `It is ${random.pick(RUDE)}`,
    ...labels,
  }));
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
