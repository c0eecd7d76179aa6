import * as tf from '@tensorflow/tfjs-core';

import { causalAttention, decoderHidden, positionTable, type DecoderConfig, type Weights } from '../models/index.ts';
import type { DecodedModel } from './decodeSegment.ts';
import { slotMasks } from './slotMasks.ts';

/** Keys and values of each layer, [B, keyValueHeads, slots, headSize]; a row's tokens end at the same slot in all rows. */
export interface Caches {
  keys: tf.Tensor[];
  values: tf.Tensor[];
  [name: string]: tf.Tensor[];
}

export interface PrefillInputs {
  /** Left-padded prompts without their last tokens, which decoding starts from, [B, P] int32. */
  prompts: tf.Tensor2D;
  /** Padding tokens in front of each prompt, [B] int32; P where nothing is left of a prompt. */
  padding: tf.Tensor1D;
  [name: string]: tf.Tensor;
}

/** Slots of the caches come in steps, so that few shapes have to be compiled where they are used. */
const SLOT_STEP = 64;

/**
 * One pass over prompts; all samples of a prompt start from what it returns: the layers of all models, one model after the
 * other. Meant to be compiled as a whole.
 */
export function prefill(models: readonly DecodedModel[], inputs: PrefillInputs): Caches {
  const each = models.map(({ config, weights }) => prefillOne(config, weights, inputs));
  return { keys: each.flatMap(({ keys }) => keys), values: each.flatMap(({ values }) => values) };
}

function prefillOne(config: DecoderConfig, weights: Weights, { prompts, padding }: PrefillInputs): Caches {
  const [batch, length] = prompts.shape;
  const slots = tf.range(0, length, 1, 'int32');
  const fromStart = tf.sub(tf.reshape(slots, [1, length]), tf.reshape(padding, [batch, 1]));
  const positions = tf.maximum(fromStart, tf.scalar(0, 'int32')) as tf.Tensor2D;
  const masks = slotMasks(config, slots, length, padding);
  const caches: Caches = { keys: [], values: [] };
  decoderHidden(config, weights, prompts, positionTable(config, length)(positions), (layer, heads) => {
    caches.keys.push(paddedSlots(heads.keys));
    caches.values.push(paddedSlots(heads.values));
    const { rule } = config.architecture.layers[layer]!;
    return causalAttention(heads, rule, masks.get(rule.window)!);
  });
  return caches;
}

/** Unused slots in front, up to a multiple of `SLOT_STEP`. */
function paddedSlots(cache: tf.Tensor4D): tf.Tensor4D {
  const missing = (SLOT_STEP - (cache.shape[2] % SLOT_STEP)) % SLOT_STEP;
  if (missing === 0) return cache;
  return tf.pad(cache, [
    [0, 0],
    [0, 0],
    [missing, 0],
    [0, 0],
  ]);
}
