import type * as tf from '@tensorflow/tfjs-core';

import type { OpAttribute } from './attributes.ts';
import type { NativeBinding } from './binding.ts';
import type { TensorMetadata } from './recording.ts';

/** The name under which tfjs-node's kernels are registered. */
export const BACKEND_NAME = 'tensorflow';

/** What the engine uses of tfjs-node's backend class. */
export interface NodeBackend extends tf.KernelBackend {
  binding: NativeBinding;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}
