import * as tf from '@tensorflow/tfjs-core';

import { parameterBytes } from './parameter.ts';
import { nativeState } from './state.ts';

export interface EngineMemory {
  /** Tensors that JavaScript holds, those that compiled functions captured included. */
  tensors: number;
  /** Their bytes. What runs inside a compiled function is not counted. */
  tensorBytes: number;
  /** Bytes of all parameters alive. */
  parameterBytes: number;
}

/** What the engine holds now. A program that keeps its numbers constant from step to step does not leak. */
export function engineMemory(): EngineMemory {
  const { numTensors, numBytes } = tf.memory();
  const handles = nativeState()?.binding.handles;
  return {
    tensors: handles?.count ?? numTensors,
    tensorBytes: handles?.bytes ?? numBytes,
    parameterBytes: parameterBytes(),
  };
}
