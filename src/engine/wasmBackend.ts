import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { standInForMissingKernels } from './missingKernels.ts';

let prepared = false;

/** Starts the portable backend: WebAssembly, one thread, any platform. */
export async function startWasmBackend(): Promise<void> {
  if (!prepared) await prepareWasm();
  prepared = true;
  if (!(await tf.setBackend('wasm'))) throw new Error('The WebAssembly backend of TensorFlow.js did not start.');
  await tf.ready();
}

async function prepareWasm(): Promise<void> {
  const require = createRequire(import.meta.url);
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  registerUnsortedSegmentSum();
  borrowKernels();
  standInForMissingKernels('wasm');
}

/**
 * Kernels that tfjs-backend-wasm 4.22 lacks, or computes wrongly for some attributes (test/engine/kernels.test.ts), and the
 * plain JavaScript backend has.
 */
const BORROWED_KERNELS: Readonly<Record<string, (attributes: tf.NamedAttrMap) => boolean>> = {
  Cast: ({ dtype }) => dtype === 'bool',
  Conv2DBackpropFilter: () => true,
  Conv3DBackpropInputV2: () => true,
  DepthwiseConv2dNativeBackpropFilter: () => true,
  DepthwiseConv2dNativeBackpropInput: () => true,
  Dilation2D: () => true,
  Einsum: () => true,
  GatherV2: ({ batchDims }) => batchDims !== 0,
};

function borrowKernels(): void {
  for (const [kernelName, isBorrowed] of Object.entries(BORROWED_KERNELS)) {
    const own = tf.getKernel(kernelName, 'wasm') as tf.KernelConfig | null;
    const borrowed = borrowKernel(tf.getKernel(kernelName, 'cpu').kernelFunc);
    if (own) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      ...own,
      kernelName,
      backendName: 'wasm',
      kernelFunc: (parameters) =>
        own && !isBorrowed(parameters.attrs ?? {}) ? own.kernelFunc(parameters) : borrowed(parameters),
    });
  }
}

/** Runs a kernel of the plain JavaScript backend on tensors of WebAssembly. */
function borrowKernel(kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const wasm = backend as tf.KernelBackend;
    // At its first use the plain JavaScript backend advises, over ten lines, to install another one.
    const javascript = Object.assign(tf.engine().findBackend('cpu'), { firstUse: false });
    const lent: tf.TensorInfo[] = [];
    const lend = ({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo => {
      const copy = { dataId: javascript.write(wasm.readSync(dataId), shape, dtype), shape, dtype };
      lent.push(copy);
      return copy;
    };
    const entries = Object.entries(inputs) as [string, tf.TensorInfo][];
    const copies = Array.isArray(inputs)
      ? entries.map(([, input]) => lend(input))
      : Object.fromEntries(entries.map(([name, input]) => [name, lend(input)]));
    const named = copies as unknown as tf.NamedTensorInfoMap;
    const { dataId, shape, dtype } = kernelFunc({
      inputs: named,
      attrs: attrs ?? {},
      backend: javascript,
    }) as tf.TensorInfo;
    const result = { dataId: wasm.write(javascript.readSync(dataId), shape, dtype), shape, dtype };
    for (const copy of [...lent, { dataId }]) javascript.disposeData(copy.dataId);
    return result;
  };
}

/** The gradient of tf.gather; the plain JavaScript backend's kernel takes time in proportion to the segments. */
function registerUnsortedSegmentSum(): void {
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
