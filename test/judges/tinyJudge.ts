import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { randomStream } from '../../src/base/seed.ts';
import { preferenceWeightShapes } from '../../src/judges/index.ts';
import { parseDecoderConfig, writeSafetensors, type StoredTensor } from '../../src/models/index.ts';

const MODEL = fileURLToPath(new URL('../golden/trl_trajectory/model', import.meta.url));
const SHAPE = {
  model_type: 'llama',
  vocab_size: 2048,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
};

export const TINY_CONFIG = parseDecoderConfig(SHAPE, 'tiny judge');

/** Random weights, large enough that preferences differ clearly. */
export function tinyWeights(): Map<string, StoredTensor> {
  const weights = new Map<string, StoredTensor>();
  for (const [name, shape] of preferenceWeightShapes(TINY_CONFIG)) {
    const random = randomStream(1, 'tiny judge', name);
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 * random.normal());
    weights.set(name, { shape: [...shape], data });
  }
  return weights;
}

/** Writes a preference model with random weights into a folder. */
export async function writeTinyJudge(folder: string, weights = tinyWeights()): Promise<void> {
  await writeFile(join(folder, 'config.json'), JSON.stringify(SHAPE));
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']) {
    await copyFile(join(MODEL, name), join(folder, name));
  }
}
