import { z } from 'zod';

import { interleavedAttention } from '../layers/attention.ts';
import { ACTIVATION_NAMES } from '../layers/activations.ts';
import { parallelLayer, sequentialLayer, type DecoderLayer } from '../layers/decoderLayer.ts';
import { linear } from '../layers/linear.ts';
import { plainMlp } from '../layers/mlp.ts';
import { layerNorm } from '../layers/norms.ts';
import { defineFamily, indices, positive } from './family.ts';
import { readRope, ropeFields } from './rope.ts';

const schema = z.looseObject({
  ...ropeFields,
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  max_position_embeddings: positive,
  layer_norm_eps: z.number().positive().default(1e-5),
  hidden_act: z.enum(ACTIVATION_NAMES).default('gelu'),
  attention_bias: z.boolean().default(true),
  use_parallel_residual: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(false),
  rotary_pct: z.number().positive().max(1).optional(),
  rotary_emb_base: z.number().positive().optional(),
});

/** Pythia and its relatives: attention and feed-forward part side by side; Black et al. 2022, arXiv:2204.06745. */
export const gptNeox = defineFamily({
  modelType: 'gpt_neox',
  schema,
  bodyPrefix: 'gpt_neox.',
  build: (c, body) => {
    const headSize = c.hidden_size / c.num_attention_heads;
    return {
      sizes: {
        vocabSize: c.vocab_size,
        hiddenSize: c.hidden_size,
        intermediateSize: c.intermediate_size,
        heads: c.num_attention_heads,
        keyValueHeads: c.num_attention_heads,
        headSize,
        contextLength: c.max_position_embeddings,
        tiedEmbeddings: c.tie_word_embeddings,
      },
      architecture: {
        embedding: { weight: `${body}embed_in.weight` },
        rotary: readRope(c, headSize, { share: c.rotary_pct ?? 0.25, theta: c.rotary_emb_base ?? 10_000 }),
        layers: indices(c.num_hidden_layers).map((i) => neoxLayer(c, body, i)),
        finalNorm: layerNorm(`${body}final_layer_norm`, c.hidden_size, c.layer_norm_eps),
        head: { weight: 'embed_out.weight' },
      },
    };
  },
});

function neoxLayer(c: z.output<typeof schema>, body: string, i: number): DecoderLayer {
  const prefix = `${body}layers.${i}`;
  const { hidden_size: size, num_attention_heads: heads, intermediate_size: inner, attention_bias: bias } = c;
  const headSize = size / heads;
  const parts = {
    attentionNorm: layerNorm(`${prefix}.input_layernorm`, size, c.layer_norm_eps),
    mlpNorm: layerNorm(`${prefix}.post_attention_layernorm`, size, c.layer_norm_eps),
    attention: interleavedAttention(
      linear(`${prefix}.attention.query_key_value`, size, 3 * size, { bias }),
      linear(`${prefix}.attention.dense`, size, size, { bias }),
      { heads, keyValueHeads: heads, headSize },
      { scale: 1 / Math.sqrt(headSize), softcap: null, window: null },
    ),
    mlp: plainMlp(
      linear(`${prefix}.mlp.dense_h_to_4h`, size, inner, { bias: true }),
      linear(`${prefix}.mlp.dense_4h_to_h`, inner, size, { bias: true }),
      c.hidden_act,
    ),
  };
  return c.use_parallel_residual ? parallelLayer(parts) : sequentialLayer(parts);
}
