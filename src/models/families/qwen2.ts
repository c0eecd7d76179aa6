import { z } from 'zod';

import { defineFamily, indices, llamaLike, llamaSizes } from './family.ts';
import { llamaModel } from './llama.ts';
import { readRope, ropeFields } from './rope.ts';
import { windowFields, windowOfLayer } from './slidingWindow.ts';

/** Llama's form with biases on queries, keys and values; Yang et al. 2024, arXiv:2407.10671. */
export const qwen2 = defineFamily({
  modelType: 'qwen2',
  schema: z.looseObject({
    ...llamaLike,
    ...ropeFields,
    ...windowFields,
    hidden_act: z.literal('silu').default('silu'),
  }),
  bodyPrefix: 'model.',
  build: (c, body) => {
    const sizes = llamaSizes(c);
    return llamaModel(
      body,
      sizes,
      readRope(c, sizes.headSize),
      c.rms_norm_eps,
      indices(c.num_hidden_layers),
      (layer) => ({
        attention: true,
        output: false,
        mlp: false,
        headNorms: false,
        window: windowOfLayer(c, layer),
      }),
    );
  },
});
