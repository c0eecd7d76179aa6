import * as tf from '@tensorflow/tfjs-core';

import type { Policy } from './policy.ts';

/**
 * Moves the weights of a policy, in place, towards those of another one of the same shape: a <- a + share (w - a).
 *
 * @throws {RangeError} when share is not in [0, 1]
 */
export function moveTowards(policy: Policy, other: Policy, share: number): void {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`moveTowards: expected a share in [0, 1], got ${share}.`);
  for (const [name, parameter] of policy.parameters) {
    tf.tidy(() => {
      const old = parameter.read();
      // In this form a weight that does not differ stays as it is to the last bit.
      parameter.assign(tf.add(old, tf.mul(tf.sub(other.parameters.get(name)!.read(), old), share)));
    });
  }
}
