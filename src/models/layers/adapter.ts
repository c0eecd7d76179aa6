import * as tf from '@tensorflow/tfjs-core';

import { randomUniform } from '../../engine/index.ts';
import type { Weights } from './weights.ts';

/** Names of a linear map's low-rank adapter, as PEFT has them: A [rank, in] and B [out, rank]. */
export const adapterNames = (linear: string): { a: string; b: string } => ({
  a: `${linear}.lora_A.weight`,
  b: `${linear}.lora_B.weight`,
});

/** Under these names the weights of a training step hold the dropout of adapters: a share, and two int32 seeds. */
export const ADAPTER_DROPOUT = { rate: 'lora_dropout.rate', seed: 'lora_dropout.seed' } as const;

/**
 * What the adapter adds to a linear map: dropout(x) A' B', B with its scale multiplied in already; undefined where the
 * weights hold no adapter for it.
 *
 * @param x [N, in]
 * @returns [N, out]
 * @see Hu et al. 2022, arXiv:2106.09685, Eq. (3)
 */
export function adapterOutput(linear: string, x: tf.Tensor2D, weights: Weights): tf.Tensor2D | undefined {
  const { a, b } = adapterNames(linear);
  if (!weights[a] || !weights[b]) return undefined;
  const dropped = dropout(linear, x, weights);
  const down = tf.matMul(dropped, weights[a], false, true);
  return tf.matMul(down, weights[b], false, true);
}

/** Inverted dropout of an adapter's input, another mask for each linear map. */
function dropout(linear: string, x: tf.Tensor2D, weights: Weights): tf.Tensor2D {
  const rate = weights[ADAPTER_DROPOUT.rate];
  const seed = weights[ADAPTER_DROPOUT.seed];
  if (!rate || !seed) return x;
  const own = tf.add(seed, tf.tensor1d([0, hashOf(linear)], 'int32')) as tf.Tensor1D;
  const kept = tf.cast(tf.greaterEqual(randomUniform(x.shape, own), rate), 'float32');
  return tf.div(tf.mul(x, kept), tf.sub(1, rate));
}

/** FNV-1a of a name, below 2^30. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return hash & 0x3fffffff;
}
