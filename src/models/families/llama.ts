import { z } from 'zod';

import { separateAttention, type AttentionRule } from '../layers/attention.ts';
import { sequentialLayer, type DecoderLayer } from '../layers/decoderLayer.ts';
import { linear } from '../layers/linear.ts';
import { gatedMlp } from '../layers/mlp.ts';
import { rmsNorm } from '../layers/norms.ts';
import { defineFamily, indices, llamaLike, llamaSizes, type FamilyModel, type Sizes } from './family.ts';
import { readRope, ropeFields } from './rope.ts';

/** Llama 1 to 3, and the many models that took over its form; Touvron et al. 2023, arXiv:2302.13971. */
export const llama = defineFamily({
  modelType: 'llama',
  schema: z.looseObject({
    ...llamaLike,
    ...ropeFields,
    hidden_act: z.literal('silu').default('silu'),
    attention_bias: z.boolean().default(false),
    mlp_bias: z.boolean().default(false),
  }),
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = llamaSizes(c);
    return llamaModel(body, sizes, readRope(c, sizes.headSize), c.rms_norm_eps, indices(c.num_hidden_layers), () => ({
      attention: c.attention_bias,
      output: c.attention_bias,
      mlp: c.mlp_bias,
      headNorms: false,
      window: null,
    }));
  },
});

/** Where models of Llama's form differ from one another. */
export interface LlamaLayerOptions {
  /** Biases of queries, keys and values; of attention's output; of the feed-forward maps. */
  attention: boolean;
  output: boolean;
  mlp: boolean;
  /** Norms over each head's queries and keys (Qwen 3). */
  headNorms: boolean;
  window: number | null;
}

/** A model of Llama's form. */
export function llamaModel(
  body: string,
  sizes: Sizes,
  rotary: FamilyModel['architecture']['rotary'],
  epsilon: number,
  layers: readonly number[],
  optionsOf: (layer: number) => LlamaLayerOptions,
): FamilyModel {
  return {
    sizes,
    architecture: {
      embedding: { weight: `${body}embed_tokens.weight` },
      rotary,
      layers: layers.map((i) => llamaLayer(`${body}layers.${i}`, sizes, epsilon, optionsOf(i))),
      finalNorm: rmsNorm(`${body}norm`, sizes.hiddenSize, epsilon),
      head: { weight: 'lm_head.weight' },
    },
  };
}

function llamaLayer(prefix: string, sizes: Sizes, epsilon: number, options: LlamaLayerOptions): DecoderLayer {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize } = sizes;
  const { attention: bias, output, mlp, headNorms, window } = options;
  const rule: AttentionRule = { scale: 1 / Math.sqrt(headSize), softcap: null, window };
  const inAttention = (name: string): string => `${prefix}.self_attn.${name}`;
  return sequentialLayer({
    attentionNorm: rmsNorm(`${prefix}.input_layernorm`, hiddenSize, epsilon),
    attention: separateAttention(
      {
        query: linear(inAttention('q_proj'), hiddenSize, heads * headSize, { bias }),
        key: linear(inAttention('k_proj'), hiddenSize, keyValueHeads * headSize, { bias }),
        value: linear(inAttention('v_proj'), hiddenSize, keyValueHeads * headSize, { bias }),
        output: linear(inAttention('o_proj'), heads * headSize, hiddenSize, { bias: output }),
        ...(headNorms && {
          queryNorm: rmsNorm(inAttention('q_norm'), headSize, epsilon),
          keyNorm: rmsNorm(inAttention('k_norm'), headSize, epsilon),
        }),
      },
      sizes,
      rule,
    ),
    mlpNorm: rmsNorm(`${prefix}.post_attention_layernorm`, hiddenSize, epsilon),
    mlp: gatedMlp(
      linear(`${prefix}.mlp.gate_proj`, hiddenSize, intermediateSize, { bias: mlp }),
      linear(`${prefix}.mlp.up_proj`, hiddenSize, intermediateSize, { bias: mlp }),
      linear(`${prefix}.mlp.down_proj`, intermediateSize, hiddenSize, { bias: mlp }),
      'silu',
    ),
  });
}
