import { parseDecoderConfig, type DecoderConfig } from 'nashtune/models';

import { randomStream } from '../../src/base/seed.ts';
import { GENERATE_TERMS, randomTokens, TRAIN_TERMS, type GenerateTerms, type TrainTerms } from '../terms.ts';
import { randomTrainJob } from '../trainJob.ts';
import { commonTerms } from './commonTerms.ts';
import { TABLE_MODEL, type PeerRow, type RowMaterials } from './peerRows.ts';
import { pairsAsJson, type GenerateTableJob } from './peerTableJob.ts';
import { trainTableJob } from './trainTableJob.ts';

const STEPS = 10;

/** A Llama of 730 million weights: large enough that a GPU is busy with products, not with starting kernels. */
const LARGE_MODEL: DecoderConfig = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 32_768,
    hidden_size: 1536,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 12,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 1024,
    tie_word_embeddings: true,
  },
  'large benchmark model',
);

const LARGE_TRAIN: TrainTerms = { model: LARGE_MODEL, pairs: 4, length: 1024 };
const LARGE_GENERATE: GenerateTerms = { model: LARGE_MODEL, rows: 32, promptTokens: 64, newTokens: 192 };

/** The rows of a machine with a GPU; nothing was promised for them, so that none has a target. */
export const GPU_ROWS: readonly PeerRow[] = [
  trainRow('small-trl', TRAIN_TERMS, TABLE_MODEL, false),
  trainRow('small-liger', TRAIN_TERMS, TABLE_MODEL, true),
  trainRow('large-trl', LARGE_TRAIN, LARGE_MODEL, false),
  trainRow('large-liger', LARGE_TRAIN, LARGE_MODEL, true),
  generateRow('small-generate', GENERATE_TERMS, TABLE_MODEL),
  generateRow('large-generate', LARGE_GENERATE, LARGE_MODEL),
];

function trainRow(id: string, terms: TrainTerms, config: DecoderConfig, liger: boolean): PeerRow {
  return {
    id,
    work: `DPO step, ${terms.pairs} pairs x ${terms.length} tokens, ${size(id)} model, bf16`,
    peer: liger ? 'TRL with Liger' : 'TRL',
    script: 'train.py',
    target: null,
    precision: 'bf16',
    config,
    job: (materials) => {
      const { pairs, batchSize, maxLength } = randomTrainJob(terms, { steps: STEPS, seed: materials.seed });
      const own = { precision: 'bf16', pairs: pairsAsJson(pairs), batchSize, maxLength, layout: 'padded' } as const;
      return trainTableJob(materials, { ...own, liger });
    },
  };
}

function generateRow(id: string, terms: GenerateTerms, config: DecoderConfig): PeerRow {
  const { rows, promptTokens, newTokens } = terms;
  return {
    id,
    work: `generation, ${rows} prompts x ${newTokens} new tokens, ${size(id)} model, bf16`,
    peer: 'transformers',
    script: 'generate.py',
    target: null,
    precision: 'bf16',
    config,
    job: (materials: RowMaterials): GenerateTableJob => {
      const random = randomStream(materials.seed, 'bench', 'generate');
      const prompts = Array.from({ length: rows }, () => randomTokens(config, promptTokens, random));
      return { ...commonTerms(materials, 'bf16'), kind: 'generate', prompts, newTokens, steps: 3 };
    },
  };
}

function size(id: string): string {
  return id.split('-')[0]!;
}
