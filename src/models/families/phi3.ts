import { z } from 'zod';

import { stackedAttention } from '../layers/attention.ts';
import { sequentialLayer, type DecoderLayer } from '../layers/decoderLayer.ts';
import { linear } from '../layers/linear.ts';
import { fusedGatedMlp } from '../layers/mlp.ts';
import { rmsNorm } from '../layers/norms.ts';
import { defineFamily, indices, llamaLike, llamaSizes, positive } from './family.ts';
import { readRope, ropeFields } from './rope.ts';

const schema = z
  .looseObject({
    ...llamaLike,
    ...ropeFields,
    rms_norm_eps: z.number().positive().default(1e-5),
    hidden_act: z.literal('silu').default('silu'),
    sliding_window: positive.nullish(),
  })
  .refine((c) => (c.rope_scaling ?? c.rope_parameters)?.rope_type !== 'yarn', {
    path: ['rope_scaling', 'rope_type'],
    error:
      'expected default, linear or llama3: in this family transformers takes yarn for longrope, which nashtune lacks',
  });

/** Llama's form with queries, keys and values in one matrix, gate and up in another; Abdin et al. 2024, arXiv:2404.14219. */
export const phi3 = defineFamily({
  modelType: 'phi3',
  schema,
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = llamaSizes(c);
    return {
      sizes,
      architecture: {
        embedding: { weight: `${body}embed_tokens.weight` },
        rotary: readRope(c, sizes.headSize),
        layers: indices(c.num_hidden_layers).map((i) => phiLayer(c, body, i)),
        finalNorm: rmsNorm(`${body}norm`, c.hidden_size, c.rms_norm_eps),
        head: { weight: 'lm_head.weight' },
      },
    };
  },
});

function phiLayer(c: z.output<typeof schema>, body: string, i: number): DecoderLayer {
  const prefix = `${body}layers.${i}`;
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headSize } = llamaSizes(c);
  return sequentialLayer({
    attentionNorm: rmsNorm(`${prefix}.input_layernorm`, hiddenSize, c.rms_norm_eps),
    attention: stackedAttention(
      linear(`${prefix}.self_attn.qkv_proj`, hiddenSize, (heads + 2 * keyValueHeads) * headSize),
      linear(`${prefix}.self_attn.o_proj`, heads * headSize, hiddenSize),
      { heads, keyValueHeads, headSize },
      { scale: 1 / Math.sqrt(headSize), softcap: null, window: c.sliding_window ?? null },
    ),
    mlpNorm: rmsNorm(`${prefix}.post_attention_layernorm`, hiddenSize, c.rms_norm_eps),
    mlp: fusedGatedMlp(
      linear(`${prefix}.mlp.gate_up_proj`, hiddenSize, 2 * intermediateSize),
      linear(`${prefix}.mlp.down_proj`, intermediateSize, hiddenSize),
      'silu',
    ),
  });
}
