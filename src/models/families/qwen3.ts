import { z } from 'zod';

import { defineFamily, indices, llamaLike, llamaSizes } from './family.ts';
import { llamaModel } from './llama.ts';
import { readRope, ropeFields } from './rope.ts';
import { windowFields, windowOfLayer } from './slidingWindow.ts';

/** Llama's form with norms over each head's queries and keys; Yang et al. 2025, arXiv:2505.09388. */
export const qwen3 = defineFamily({
  modelType: 'qwen3',
  schema: z.looseObject({
    ...llamaLike,
    ...ropeFields,
    ...windowFields,
    hidden_act: z.literal('silu').default('silu'),
    attention_bias: z.boolean().default(false),
  }),
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = { ...llamaSizes(c), headSize: c.head_dim ?? 128 };
    return llamaModel(
      body,
      sizes,
      readRope(c, sizes.headSize),
      c.rms_norm_eps,
      indices(c.num_hidden_layers),
      (layer) => ({
        attention: c.attention_bias,
        output: c.attention_bias,
        mlp: false,
        headNorms: true,
        window: windowOfLayer(c, layer),
      }),
    );
  },
});
