import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { standInForMissingKernels } from './missingKernels.ts';

/** Starts the portable backend: WebAssembly, one thread, any platform. */
export async function startWasmBackend(): Promise<void> {
  const require = createRequire(import.meta.url);
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  registerUnsortedSegmentSum();
  for (const kernel of BORROWED_KERNELS) borrowKernel(kernel);
  standInForMissingKernels('wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend of TensorFlow.js did not start.');
  await tf.ready();
}

/** Kernels, most of them of gradients, that tfjs-backend-wasm 4.22 lacks and the plain JavaScript backend has. */
const BORROWED_KERNELS = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Einsum',
];

function borrowKernel(kernelName: string): void {
  if (tf.getKernel(kernelName, 'wasm')) return;
  const { kernelFunc } = tf.getKernel(kernelName, 'cpu');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as tf.KernelBackend;
      // At its first use the plain JavaScript backend advises, over ten lines, to install another one.
      const javascript = Object.assign(tf.engine().findBackend('cpu'), { firstUse: false });
      const borrowed: tf.TensorInfo[] = [];
      const lend = ({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo => {
        const lent = { dataId: javascript.write(wasm.readSync(dataId), shape, dtype), shape, dtype };
        borrowed.push(lent);
        return lent;
      };
      const lentInputs: tf.NamedTensorInfoMap = {};
      for (const [name, input] of Object.entries(inputs) as [string, tf.TensorInfo | tf.TensorInfo[]][]) {
        lentInputs[name] = (Array.isArray(input) ? input.map(lend) : lend(input)) as tf.TensorInfo;
      }
      const { dataId, shape, dtype } = kernelFunc({
        inputs: lentInputs,
        attrs: attrs ?? {},
        backend: javascript,
      }) as tf.TensorInfo;
      borrowed.push({ dataId, shape, dtype });
      const result = { dataId: wasm.write(javascript.readSync(dataId), shape, dtype), shape, dtype };
      for (const lent of borrowed) javascript.disposeData(lent.dataId);
      return result;
    },
  });
}

/** The gradient of tf.gather; the plain JavaScript backend's kernel takes time in proportion to the segments. */
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
      const size = numSegments * rowLength;
      const sums = x.dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
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
