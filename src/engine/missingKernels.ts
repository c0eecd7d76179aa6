import * as tf from '@tensorflow/tfjs-core';

/** Registers, for every operation of TensorFlow.js that a backend lacks, a kernel that says so and what to do. */
export function standInForMissingKernels(backendName: string): void {
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, backendName)) continue;
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: () => {
        throw new Error(
          `${kernelName}: the backend "${backendName}" has no such operation. Write it with other operations, or run this ` +
            `part in plain JavaScript: await tf.setBackend("cpu") before it, await tf.setBackend("${backendName}") after it.`,
        );
      },
    });
  }
}
