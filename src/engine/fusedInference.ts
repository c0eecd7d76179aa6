import type * as tf from '@tensorflow/tfjs-core';

import { boolAttribute, floatAttribute, intAttribute, stringsAttribute, typeAttribute } from './native/attributes.ts';
import { DT } from './native/dtypes.ts';
import { isDifferentiating, nativeState, type NativeState } from './state.ts';

/**
 * x W' + b, and `activation` of it, as one operation, where there is one: in a function recorded for TensorFlow's executor
 * with oneDNN for bfloat16, under `bf16`. Everything is then summed in float32 and rounded to bfloat16 once, at the end; b is rounded too. No
 * gradients pass through.
 *
 * @param x [N, in]
 * @param weight [out, in]
 * @param bias [out]
 * @param activation `GeluExact`: x/2 (1 + erf(x / sqrt 2))
 * @returns [N, out], or null where the caller has to compose it
 */
export function fusedLinear(
  x: tf.Tensor2D,
  weight: tf.Tensor2D,
  bias: tf.Tensor1D,
  activation?: 'GeluExact',
): tf.Tensor2D | null {
  const native = inExecutor();
  // In fp32 the operation knows no GELU; in bf16 it is oneDNN's alone.
  if (!native?.binding.recording?.bf16 || !native.oneDnnBfloat16) return null;
  const attributes = [
    typeAttribute('T', DT.FLOAT),
    intAttribute('num_args', 1),
    stringsAttribute('fused_ops', ['BiasAdd', ...(activation ? [activation] : [])]),
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', true),
    // Of operations that are not fused here.
    floatAttribute('epsilon', 0),
    floatAttribute('leakyrelu_alpha', 0),
  ];
  return native.backend.executeMultipleOutputs('_FusedMatMul', attributes, [x, weight, bias], 1)[0] as tf.Tensor2D;
}

/**
 * Layer normalization of the last axis as one operation, where there is one: in a function recorded for TensorFlow's
 * executor with oneDNN. No gradients pass through.
 *
 * @param x [B, T, n]
 * @param weight [n]
 * @param bias [n]
 * @returns [B, T, n], or null where the caller has to compose it
 */
export function fusedLayerNorm(
  x: tf.Tensor3D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
): tf.Tensor3D | null {
  const native = inExecutor();
  if (!native) return null;
  const attributes = [typeAttribute('T', DT.FLOAT), floatAttribute('epsilon', epsilon)];
  return native.backend.executeMultipleOutputs('_MklLayerNorm', attributes, [x, weight, bias], 1)[0] as tf.Tensor3D;
}

/** The engine while it records a function without gradients for TensorFlow's executor, with oneDNN's operations. */
function inExecutor(): NativeState | null {
  const native = nativeState();
  const recording = native?.binding.recording;
  return native?.oneDnn && recording && !recording.xla && !isDifferentiating() ? native : null;
}
