import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of comparisons under the logits that the first answer beats the second:
 *
 *   -[p log sigmoid(s) + (1 - p) log sigmoid(-s)] = softplus(s) - p s
 *
 * With scores, s = r_1 - r_2 and p = 1, this is the loss of Bradley-Terry reward models.
 *
 * @param logits [B]
 * @param probabilities labels, [B]: 1 where the first won, 1/2 for a tie
 * @returns [B], nats
 */
export function comparisonLoss(logits: tf.Tensor, probabilities: tf.Tensor): tf.Tensor1D {
  return tf.sub(tf.softplus(logits), tf.mul(probabilities, logits));
}

/**
 * Keeps rewards near zero, which their differences leave open: (r_1 + r_2)^2, to be multiplied by a coefficient.
 *
 * @param scores of the first answers, then of the second, [2B]
 * @returns [B]
 * @see Eisenstein et al. 2023, arXiv:2312.09244, section 2; TRL's `center_rewards_coefficient`
 */
export function centeringLoss(scores: tf.Tensor1D): tf.Tensor1D {
  const [first, second] = tf.split(scores, 2) as [tf.Tensor1D, tf.Tensor1D];
  return tf.square(tf.add(first, second));
}
