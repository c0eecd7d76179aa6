import { parseDecoderConfig } from '../../src/models/index.ts';

/** A Llama that compiles in a second. */
export const TINY_MODEL = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 64,
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 32,
    tie_word_embeddings: true,
  },
  'tiny model',
);
