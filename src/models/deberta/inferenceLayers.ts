import * as tf from '@tensorflow/tfjs-core';

import { fusedLayerNorm, fusedLinear } from '../../engine/index.ts';
import { ACTIVATIONS, type ActivationName } from '../layers/activations.ts';
import { linear, type Linear } from '../layers/linear.ts';
import { layerNorm, type Norm } from '../layers/norms.ts';

/**
 * A linear map with a bias, and what activates its output, for a model that is not trained: one operation where the engine
 * has it.
 */
export function inferenceLinear(name: string, inputs: number, outputs: number, activation?: ActivationName): Linear {
  const map = linear(name, inputs, outputs, { bias: true });
  return {
    ...map,
    apply: (x, given) => {
      const [batch, length] = x.shape as [number, number, number];
      const flat = tf.reshape(x, [batch * length, inputs]) as tf.Tensor2D;
      const [weight, bias] = [given[`${name}.weight`] as tf.Tensor2D, given[`${name}.bias`] as tf.Tensor1D];
      const isExact = activation === 'gelu';
      const whole = fusedLinear(flat, weight, bias, isExact ? 'GeluExact' : undefined);
      const mapped = whole ? (tf.reshape(whole, [batch, length, outputs]) as tf.Tensor3D) : map.apply(x, given);
      const isActivated = !activation || (whole && isExact);
      return isActivated ? mapped : (ACTIVATIONS[activation](mapped) as tf.Tensor3D);
    },
  };
}

/** Layer normalization for a model that is not trained: one operation where the engine has it. */
export function inferenceLayerNorm(name: string, size: number, epsilon: number): Norm {
  const norm = layerNorm(name, size, epsilon);
  return {
    ...norm,
    apply: (x, given) => {
      const [weight, bias] = [given[`${name}.weight`] as tf.Tensor1D, given[`${name}.bias`] as tf.Tensor1D];
      return fusedLayerNorm(x as tf.Tensor3D, weight, bias, epsilon) ?? norm.apply(x, given);
    },
  };
}
