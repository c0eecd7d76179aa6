import * as tf from '@tensorflow/tfjs-core';

import { standInForMissingKernels } from '../missingKernels.ts';
import { intAttribute, typeAttribute } from './attributes.ts';
import { BACKEND_NAME, type NodeBackend } from './nodeBackend.ts';
import { DT } from './dtypes.ts';
import { explainNativeError, TensorFlowError } from './tensorFlowError.ts';

/** Adapts tfjs-node's kernels, once they are registered: recordable, and with errors that name the operation. */
export function adaptKernels(): void {
  replaceGather();
  for (const kernel of tf.getKernelsForBackend(BACKEND_NAME)) {
    tf.unregisterKernel(kernel.kernelName, BACKEND_NAME);
    tf.registerKernel({ ...kernel, kernelFunc: guardKernel(kernel.kernelName, kernel.kernelFunc) });
  }
  standInForMissingKernels(BACKEND_NAME);
}

function guardKernel(kernel: string, run: tf.KernelFunc): tf.KernelFunc {
  return (parameters) => {
    const { binding } = parameters.backend as NodeBackend;
    if (binding.recording) refuseVariables(parameters.inputs, kernel);
    try {
      return run(parameters);
    } catch (error) {
      throw explainNativeError(error instanceof TensorFlowError ? error.named({ kernel }) : error);
    }
  };
}

function refuseVariables(inputs: tf.NamedTensorInfoMap, kernel: string): void {
  for (const input of Object.values(inputs).flat()) {
    if (input instanceof tf.Variable) {
      throw new TypeError(
        `compile: ${kernel} reads the variable "${input.name}", whose value would be frozen in the compiled function. ` +
          'Make it a parameter with createParameter(), or pass its value as an argument.',
      );
    }
  }
}

/**
 * tfjs-node's GatherV2 reads the indices back to check their range: impossible while recording, a stall on a GPU.
 * TensorFlow's own kernel checks the range on the CPU.
 */
function replaceGather(): void {
  tf.unregisterKernel('GatherV2', BACKEND_NAME);
  tf.registerKernel({
    kernelName: 'GatherV2',
    backendName: BACKEND_NAME,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
      const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
      const axisTensor = tf.scalar(axis, 'int32');
      const attributes = [
        intAttribute('batch_dims', batchDims),
        typeAttribute('Tparams', x.dtype === 'int32' ? DT.INT32 : x.dtype === 'bool' ? DT.BOOL : DT.FLOAT),
        typeAttribute('Tindices', DT.INT32),
        typeAttribute('Taxis', DT.INT32),
      ];
      try {
        const native = backend as NodeBackend;
        return native.executeMultipleOutputs('GatherV2', attributes, [x, indices, axisTensor], 1)[0]!;
      } finally {
        axisTensor.dispose();
      }
    },
  });
}
