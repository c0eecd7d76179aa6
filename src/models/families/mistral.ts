import { z } from 'zod';

import { defineFamily, indices, llamaLike, llamaSizes, positive } from './family.ts';
import { llamaModel } from './llama.ts';
import { readRope, ropeFields } from './rope.ts';

/** Llama's form, every layer with a sliding window; Jiang et al. 2023, arXiv:2310.06825. */
export const mistral = defineFamily({
  modelType: 'mistral',
  schema: z.looseObject({
    ...llamaLike,
    ...ropeFields,
    hidden_act: z.literal('silu').default('silu'),
    sliding_window: positive.nullable().default(4096),
  }),
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = llamaSizes(c);
    return llamaModel(body, sizes, readRope(c, sizes.headSize), c.rms_norm_eps, indices(c.num_hidden_layers), () => ({
      attention: false,
      output: false,
      mlp: false,
      headNorms: false,
      window: c.sliding_window,
    }));
  },
});
