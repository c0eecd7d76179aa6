import * as tf from '@tensorflow/tfjs-core';

/**
 * Scales gradients so that their joint norm is at most `limit`, as torch.nn.utils.clip_grad_norm_ does:
 *
 *   g <- g * min(1, limit / (norm + 1e-6)),   norm = sqrt(sum of all g^2)
 *
 * @returns the gradients and their norm before clipping
 * @see Pascanu et al. 2013, arXiv:1211.5063, Algorithm 1; golden: test/golden/optimizers.json
 */
export function clipGlobalNorm(
  gradients: readonly tf.Tensor[],
  limit: number,
): { clipped: tf.Tensor[]; norm: tf.Tensor } {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const factor = tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1);
  return { clipped: gradients.map((gradient) => tf.mul(gradient, factor)), norm };
}
