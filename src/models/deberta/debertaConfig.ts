import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import { malformedConfig } from '../configFile.ts';
import { ACTIVATION_NAMES, type ActivationName } from '../layers/activations.ts';
import type { RelativePositions } from './relativePositions.ts';

/** An encoder with disentangled attention (DeBERTa v2 and v3). */
export interface DebertaConfig {
  vocabSize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  headSize: number;
  epsilon: number;
  activation: ActivationName;
  positions: RelativePositions;
  /** Queries look at the positions of keys. */
  contentToPosition: boolean;
  /** Keys look at the positions of queries. */
  positionToContent: boolean;
  /** Positions are projected by the maps of queries and keys, not by maps of their own. */
  sharedProjections: boolean;
  /** Relative positions are normalized before they are projected. */
  normedPositions: boolean;
}

const positive = z.int().positive();
const SCHEMA = z.looseObject({
  model_type: z.literal('deberta-v2'),
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  attention_head_size: positive.nullish(),
  hidden_act: z.enum(ACTIVATION_NAMES).default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-7),
  max_position_embeddings: positive.default(512),
  max_relative_positions: z.int().default(-1),
  position_buckets: z.int().default(-1),
  pos_att_type: z.union([z.string(), z.array(z.string())]).nullish(),
  norm_rel_ebd: z.string().default('none'),
  share_att_key: z.boolean().default(false),
  relative_attention: z.boolean().default(false),
  position_biased_input: z.boolean().default(true),
  type_vocab_size: z.int().default(0),
  conv_kernel_size: z.int().nullish(),
  embedding_size: positive.nullish(),
});

/**
 * Reads the configuration of a DeBERTa v2 or v3 encoder, from parsed JSON; `where` names it in errors.
 *
 * @throws {UserError} naming every part of the model that nashtune cannot run
 */
export function parseDebertaConfig(json: unknown, where: string): DebertaConfig {
  const parsed = SCHEMA.safeParse(json);
  if (!parsed.success) throw malformedConfig(where, 'deberta-v2', parsed.error, json);
  const c = parsed.data;
  const attends = typeof c.pos_att_type === 'string' ? c.pos_att_type.split('|') : (c.pos_att_type ?? []);
  const headSize = c.attention_head_size ?? c.hidden_size / c.num_attention_heads;
  const problems = [...unknownParts(c, attends), ...sizeProblems(c, headSize)];
  if (problems.length > 0) {
    throw new UserError(
      'model.badConfig',
      `${where}: ${problems.join('; ')}. Give an encoder of the form of DeBERTa v3, as microsoft/deberta-v3-large.`,
    );
  }
  const farthest = c.max_relative_positions < 1 ? c.max_position_embeddings : c.max_relative_positions;
  const hasBuckets = c.position_buckets > 0;
  return {
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    headSize,
    epsilon: c.layer_norm_eps,
    activation: c.hidden_act,
    positions: hasBuckets ? { span: c.position_buckets, farthest } : { span: farthest, farthest: null },
    contentToPosition: attends.includes('c2p'),
    positionToContent: attends.includes('p2c'),
    sharedProjections: c.share_att_key,
    normedPositions: c.norm_rel_ebd.includes('layer_norm'),
  };
}

/** Parts that DeBERTa v2 models can have and these here lack. */
function unknownParts(c: z.output<typeof SCHEMA>, attends: readonly string[]): string[] {
  const problems: string[] = [];
  const refuse = (field: string, what: string): void => {
    problems.push(`${field}: ${what} cannot be run`);
  };
  if (!c.relative_attention) refuse('relative_attention false', 'attention without relative positions');
  if (c.position_biased_input) refuse('position_biased_input true', 'absolute positions');
  if (c.type_vocab_size > 0) refuse(`type_vocab_size ${c.type_vocab_size}`, 'token types');
  if ((c.conv_kernel_size ?? 0) > 0) refuse(`conv_kernel_size ${c.conv_kernel_size}`, 'the convolution layer');
  if ((c.embedding_size ?? c.hidden_size) !== c.hidden_size) {
    refuse(`embedding_size ${c.embedding_size}`, `embeddings of another size than hidden_size ${c.hidden_size}`);
  }
  const unknown = attends.filter((kind) => kind !== 'c2p' && kind !== 'p2c');
  if (unknown.length > 0) refuse(`pos_att_type ${unknown.join('|')}`, 'attention of another kind than c2p and p2c');
  return problems;
}

function sizeProblems(c: z.output<typeof SCHEMA>, headSize: number): string[] {
  const problems: string[] = [];
  if (c.num_attention_heads * headSize !== c.hidden_size || !Number.isInteger(headSize)) {
    problems.push(`${c.num_attention_heads} heads of size ${headSize} do not make up hidden_size ${c.hidden_size}`);
  }
  if (c.position_buckets === 1) problems.push('position_buckets 1 has no middle, expected at least 2');
  return problems;
}
