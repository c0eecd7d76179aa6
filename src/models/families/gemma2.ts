import { z } from 'zod';

import { separateAttention } from '../layers/attention.ts';
import { sequentialLayer, type DecoderLayer } from '../layers/decoderLayer.ts';
import { linear } from '../layers/linear.ts';
import { gatedMlp } from '../layers/mlp.ts';
import { rmsNorm, type Norm } from '../layers/norms.ts';
import { defineFamily, indices, llamaLike, llamaSizes, positive } from './family.ts';
import { readRope, ropeFields } from './rope.ts';

const schema = z.looseObject({
  ...llamaLike,
  ...ropeFields,
  head_dim: positive.default(256),
  tie_word_embeddings: z.boolean().default(true),
  hidden_activation: z.literal('gelu_pytorch_tanh').nullish(),
  attention_bias: z.boolean().default(false),
  query_pre_attn_scalar: z.number().positive().default(256),
  attn_logit_softcapping: z.number().positive().nullish(),
  final_logit_softcapping: z.number().positive().nullish(),
  sliding_window: positive.default(4096),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
});

/** Soft-capped scores and logits, norms before and after each part, every other layer with a window; arXiv:2408.00118. */
export const gemma2 = defineFamily({
  modelType: 'gemma2',
  schema,
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = llamaSizes(c);
    return {
      sizes,
      architecture: {
        // transformers holds the factor in the type of the weights; in float32 it is this.
        embedding: { weight: `${body}embed_tokens.weight`, scale: Math.fround(Math.sqrt(c.hidden_size)) },
        rotary: readRope(c, sizes.headSize),
        layers: indices(c.num_hidden_layers).map((i) => gemmaLayer(c, body, i)),
        finalNorm: rmsNorm(`${body}norm`, c.hidden_size, c.rms_norm_eps, { plusOne: true }),
        head: { weight: 'lm_head.weight', softcap: c.final_logit_softcapping ?? null },
      },
    };
  },
});

function gemmaLayer(c: z.output<typeof schema>, body: string, i: number): DecoderLayer {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize } = llamaSizes(c);
  const prefix = `${body}layers.${i}`;
  const norm = (name: string): Norm => rmsNorm(`${prefix}.${name}`, hiddenSize, c.rms_norm_eps, { plusOne: true });
  const slides = c.layer_types ? c.layer_types[i] === 'sliding_attention' : i % 2 === 0;
  const bias = c.attention_bias;
  return sequentialLayer({
    attentionNorm: norm('input_layernorm'),
    attention: separateAttention(
      {
        query: linear(`${prefix}.self_attn.q_proj`, hiddenSize, heads * headSize, { bias }),
        key: linear(`${prefix}.self_attn.k_proj`, hiddenSize, keyValueHeads * headSize, { bias }),
        value: linear(`${prefix}.self_attn.v_proj`, hiddenSize, keyValueHeads * headSize, { bias }),
        output: linear(`${prefix}.self_attn.o_proj`, heads * headSize, hiddenSize, { bias }),
      },
      { heads, keyValueHeads, headSize },
      {
        scale: 1 / Math.sqrt(c.query_pre_attn_scalar),
        softcap: c.attn_logit_softcapping ?? null,
        window: slides ? c.sliding_window : null,
      },
    ),
    attentionOutputNorm: norm('post_attention_layernorm'),
    mlpNorm: norm('pre_feedforward_layernorm'),
    mlp: gatedMlp(
      linear(`${prefix}.mlp.gate_proj`, hiddenSize, intermediateSize),
      linear(`${prefix}.mlp.up_proj`, hiddenSize, intermediateSize),
      linear(`${prefix}.mlp.down_proj`, intermediateSize, hiddenSize),
      'gelu_pytorch_tanh',
    ),
    mlpOutputNorm: norm('post_feedforward_layernorm'),
  });
}
