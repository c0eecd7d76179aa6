import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { PairRmConfig } from 'nashtune/judges';
import { parseDebertaConfig, writeSafetensors } from 'nashtune/models';

import { randomStream } from '../../src/base/seed.ts';
import { randomPairRmWeights } from '../pairRmWeights.ts';

/** PairRM's form in a size that makes judging a fair share of a round with a policy of 33.7 million weights. */
const SHAPE = {
  model_type: 'deberta-v2',
  hidden_act: 'gelu',
  hidden_size: 256,
  intermediate_size: 1024,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  layer_norm_eps: 1e-7,
  max_position_embeddings: 512,
  max_relative_positions: -1,
  position_buckets: 256,
  norm_rel_ebd: 'layer_norm',
  share_att_key: true,
  pos_att_type: ['p2c', 'c2p'],
  relative_attention: true,
  position_biased_input: false,
  type_vocab_size: 0,
  pad_token_id: 0,
};

/** Writes a small PairRM with random weights into a folder, which has its tokenizer, in the layout that `loadPairRm` reads. */
export async function writeJudge(folder: string, { vocabulary, seed }: { vocabulary: number; seed: number }) {
  const source = { ...SHAPE, vocab_size: vocabulary, n_tasks: 1 };
  const path = join(folder, 'config.json');
  const config: PairRmConfig = {
    encoder: parseDebertaConfig(source, path),
    tasks: 1,
    sourceLength: 1224,
    candidateLength: 412,
  };
  const random = randomStream(seed, 'bench', 'judge');
  // Large enough that answers move the logits by more than bfloat16 rounds them.
  const weights = randomPairRmWeights(config, { random, deviation: 1 / Math.sqrt(SHAPE.hidden_size) });
  await writeFile(path, `${JSON.stringify(source, null, 2)}\n`);
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
}
