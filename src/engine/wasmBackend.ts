import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

/** Starts the portable backend: WebAssembly, one thread, any platform. */
export async function startWasmBackend(): Promise<void> {
  const require = createRequire(import.meta.url);
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  registerUnsortedSegmentSum();
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend of TensorFlow.js did not start.');
  await tf.ready();
}

/** The gradient of tf.gather; tfjs-backend-wasm 4.22 has no kernel for it. */
function registerUnsortedSegmentSum(): void {
  if (tf.getKernel('UnsortedSegmentSum', 'wasm')) return;
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      const rowLength = x.shape.slice(segmentIds.shape.length).reduce((a, b) => a * b, 1);
      const wasm = backend as tf.KernelBackend;
      const values = wasm.readSync(x.dataId) as Float32Array;
      const ids = wasm.readSync(segmentIds.dataId) as Int32Array;
      const sums = x.dtype === 'int32' ? new Int32Array(numSegments * rowLength) : new Float32Array(numSegments * rowLength);
      ids.forEach((segment, row) => {
        // As in TensorFlow, negative ids are dropped.
        if (segment < 0) return;
        for (let i = 0; i < rowLength; i++) {
          sums[segment * rowLength + i] = sums[segment * rowLength + i]! + values[row * rowLength + i]!;
        }
      });
      const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
      return { dataId: wasm.write(sums, shape, x.dtype), shape, dtype: x.dtype };
    },
  });
}
