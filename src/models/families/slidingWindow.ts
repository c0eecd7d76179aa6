import { z } from 'zod';

import { positive } from './family.ts';

/** The fields that give some layers a sliding window (Qwen 2 and 3). */
export const windowFields = {
  use_sliding_window: z.boolean().default(false),
  sliding_window: positive.nullable().default(4096),
  max_window_layers: z.int().nonnegative().default(28),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
} as const;

interface WindowFields {
  use_sliding_window: boolean;
  sliding_window: number | null;
  max_window_layers: number;
  layer_types?: readonly ('full_attention' | 'sliding_attention')[] | null | undefined;
}

/** The window of a layer: the layer types decide; without them, layers from `max_window_layers` on have one. */
export function windowOfLayer(config: WindowFields, layer: number): number | null {
  if (!config.use_sliding_window) return null;
  const slides = config.layer_types
    ? config.layer_types[layer] === 'sliding_attention'
    : layer >= config.max_window_layers;
  return slides ? config.sliding_window : null;
}
