import { z } from 'zod';

import { stackedAttention } from '../layers/attention.ts';
import { ACTIVATION_NAMES } from '../layers/activations.ts';
import { sequentialLayer, type DecoderLayer } from '../layers/decoderLayer.ts';
import { linear } from '../layers/linear.ts';
import { plainMlp } from '../layers/mlp.ts';
import { layerNorm } from '../layers/norms.ts';
import { defineFamily, indices, positive } from './family.ts';

const schema = z.looseObject({
  vocab_size: positive,
  n_embd: positive,
  n_layer: positive,
  n_head: positive,
  n_inner: positive.nullish(),
  n_positions: positive,
  layer_norm_epsilon: z.number().positive().default(1e-5),
  activation_function: z.enum(ACTIVATION_NAMES).default('gelu_new'),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

/** Learned positions, layer norms, matrices stored [in, out]; Radford et al. 2019. */
export const gpt2 = defineFamily({
  modelType: 'gpt2',
  schema,
  bodyPrefix: 'transformer.',
  build: (c, body) => ({
    sizes: {
      vocabSize: c.vocab_size,
      hiddenSize: c.n_embd,
      intermediateSize: c.n_inner ?? 4 * c.n_embd,
      heads: c.n_head,
      keyValueHeads: c.n_head,
      headSize: c.n_embd / c.n_head,
      contextLength: c.n_positions,
      tiedEmbeddings: c.tie_word_embeddings,
    },
    architecture: {
      embedding: { weight: `${body}wte.weight`, positions: `${body}wpe.weight` },
      rotary: null,
      layers: indices(c.n_layer).map((i) => gpt2Layer(c, body, i)),
      finalNorm: layerNorm(`${body}ln_f`, c.n_embd, c.layer_norm_epsilon),
      head: { weight: 'lm_head.weight' },
    },
  }),
});

function gpt2Layer(c: z.output<typeof schema>, body: string, i: number): DecoderLayer {
  const prefix = `${body}h.${i}`;
  const { n_embd: size, n_head: heads, n_inner, layer_norm_epsilon: epsilon } = c;
  const headSize = size / heads;
  const inner = n_inner ?? 4 * size;
  const stored = { bias: true, transposed: true };
  const scale = (c.scale_attn_weights ? 1 / Math.sqrt(headSize) : 1) / (c.scale_attn_by_inverse_layer_idx ? i + 1 : 1);
  return sequentialLayer({
    attentionNorm: layerNorm(`${prefix}.ln_1`, size, epsilon),
    attention: stackedAttention(
      linear(`${prefix}.attn.c_attn`, size, 3 * size, stored),
      linear(`${prefix}.attn.c_proj`, size, size, stored),
      { heads, keyValueHeads: heads, headSize },
      { scale, softcap: null, window: null },
    ),
    mlpNorm: layerNorm(`${prefix}.ln_2`, size, epsilon),
    mlp: plainMlp(
      linear(`${prefix}.mlp.c_fc`, size, inner, stored),
      linear(`${prefix}.mlp.c_proj`, inner, size, stored),
      c.activation_function,
    ),
  });
}
