import * as tf from '@tensorflow/tfjs-core';

import type { NativeBinding } from './native/binding.ts';
import { BACKEND_NAME, type NodeBackend } from './native/nodeBackend.ts';

/** The running native engine. */
export interface NativeState {
  binding: NativeBinding;
  backend: NodeBackend;
  /** Threads of one operation. */
  threads: number;
  /** Whether XLA compiles products of bfloat16 factors with a float32 result; see `Recording`. */
  mixedProducts: boolean;
  /** Whether TensorFlow's executor runs on an x86 processor with oneDNN's operations. */
  oneDnn: boolean;
  /** Whether these take bfloat16, too: on processors with AVX-512 or better. */
  oneDnnBfloat16: boolean;
}

let native: NativeState | null = null;

/** Told once, by startEngine. */
export function setNativeState(state: NativeState): void {
  native = state;
}

/** The native engine while it is TensorFlow.js's current backend; null on any other one. */
export function nativeState(): NativeState | null {
  return native !== null && tf.getBackend() === BACKEND_NAME ? native : null;
}

/**
 * Whether tfjs is recording operations for a gradient (tf.grad and its relatives). It does not inside operations with a
 * gradient of their own (tf.customGrad).
 */
export function isDifferentiating(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/** Whether operations run on a GPU. Ask after `startEngine`. */
export function usesGpu(): boolean {
  return nativeState()?.binding.isUsingGpuDevice() ?? false;
}
