import type { DecoderLayer } from './layers/decoderLayer.ts';
import type { Norm } from './layers/norms.ts';
import type { Rotary } from './layers/rotary.ts';

/** What a decoder is made of. */
export interface Architecture {
  embedding: {
    weight: string;
    /** Embeddings are multiplied by it (Gemma). */
    scale?: number;
    /** Learned positions, added to the embeddings (GPT-2). */
    positions?: string;
  };
  /** null: positions are learned. */
  rotary: Rotary | null;
  layers: readonly DecoderLayer[];
  finalNorm: Norm;
  /** Turns hidden states into logits, or into the scores of a reward model; unused where embeddings are tied. */
  head: { weight: string; outputs: number; softcap: number | null };
}

/** A decoder of any family, read from its config.json. */
export interface DecoderConfig {
  /** `model_type` of config.json. */
  family: string;
  /** What the head computes: the next token, or a score of the whole text. */
  task: 'generation' | 'scoring';
  vocabSize: number;
  hiddenSize: number;
  /** Width of the feed-forward part. */
  intermediateSize: number;
  heads: number;
  keyValueHeads: number;
  headSize: number;
  /** Tokens that fit, prompt and answer together. */
  contextLength: number;
  tiedEmbeddings: boolean;
  /** The token that pads rows, where config.json names one. */
  padTokenId: number | null;
  architecture: Architecture;
  /** What transformers puts before the names of the body's weights, and this model's files leave out; as a rule nothing. */
  omittedPrefix: string;
  /** config.json as read, written back on saving. */
  source: Readonly<Record<string, unknown>>;
}
