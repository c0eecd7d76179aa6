import * as tf from '@tensorflow/tfjs-core';

import { capLogits, causalHidden, outputEmbedding, readWeights, type Policy } from '../../src/models/index.ts';

/** Logits of a policy at every position, [B * T, V]. */
export function logitsOf(policy: Policy, ids: tf.Tensor2D): tf.Tensor {
  const weights = readWeights(policy);
  const hidden = causalHidden(policy.config, weights, ids);
  const [batch, length, width] = hidden.shape;
  const rows = tf.reshape(hidden, [batch * length, width]);
  return capLogits(policy.config, tf.matMul(rows, outputEmbedding(policy.config, weights), false, true));
}
