import { z } from 'zod';

import type { Architecture, DecoderConfig } from '../decoderConfig.ts';

/** Sizes that every family has, under whatever names. */
export type Sizes = Pick<
  DecoderConfig,
  | 'vocabSize'
  | 'hiddenSize'
  | 'intermediateSize'
  | 'heads'
  | 'keyValueHeads'
  | 'headSize'
  | 'contextLength'
  | 'tiedEmbeddings'
>;

/** What a family makes of a config.json. */
export interface FamilyModel {
  sizes: Sizes;
  architecture: Omit<Architecture, 'head'> & { head: { weight: string; softcap?: number | null } };
}

/** A family of decoders: the fields of its config.json that decide about the computation, and what they mean. */
export interface Family<S extends z.ZodType = z.ZodType> {
  /** `model_type` in config.json. */
  modelType: string;
  /** All other fields are kept and written back. */
  schema: S;
  /** What stands before the names of all weights of the body. */
  bodyPrefix: string;
  /** @param body `bodyPrefix`, or nothing in files that were saved without a head */
  build(config: z.output<S>, body: string): FamilyModel;
}

/** Ties the type of `build` to the schema. */
export function defineFamily<S extends z.ZodType>(family: Family<S>): Family {
  return family;
}

export const positive = z.int().positive();

/** Fields that the families share which have rotary positions and RMS norms. */
export const llamaLike = {
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: positive.nullish(),
  head_dim: positive.nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  max_position_embeddings: positive,
  tie_word_embeddings: z.boolean().default(false),
} as const;

interface LlamaLike {
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_attention_heads: number;
  num_key_value_heads?: number | null | undefined;
  head_dim?: number | null | undefined;
  max_position_embeddings: number;
  tie_word_embeddings: boolean;
}

/** Sizes under the names that Llama gave them. */
export function llamaSizes(c: LlamaLike): Sizes {
  return {
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    heads: c.num_attention_heads,
    keyValueHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headSize: c.head_dim ?? c.hidden_size / c.num_attention_heads,
    contextLength: c.max_position_embeddings,
    tiedEmbeddings: c.tie_word_embeddings,
  };
}

/** 0 to `count` - 1, for layers. */
export const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
