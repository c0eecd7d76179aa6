import { createRequire } from 'node:module';
import util from 'node:util';

import * as tf from '@tensorflow/tfjs-core';

import { intAttribute, typeAttribute, type OpAttribute } from './attributes.ts';
import type { NativeBinding } from './binding.ts';
import { DT } from './dtypes.ts';
import type { TensorMetadata } from './recording.ts';

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

type NodeBackendModule = {
  NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => NodeBackend;
};

const NODE_PACKAGE = '@tensorflow/tfjs-node-gpu';

/**
 * The JavaScript half of tfjs-node-gpu: from the installed package, else from the copy that the build put beside us
 * (npm takes the package away where its install script cannot reach the download host).
 */
export function loadNodeBackend(): { NodeJSKernelBackend: NodeBackendModule['NodeJSKernelBackend']; source: string } {
  // tfjs-node 4.22 calls a function that Node 23 removed (tensorflow/tfjs issue 8609).
  const legacy = util as unknown as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;

  const require = createRequire(import.meta.url);
  const vendored = new URL('../../../vendor/tfjs-node-gpu/', import.meta.url);
  const installed = resolves(require, `${NODE_PACKAGE}/package.json`);
  const base = installed ? `${NODE_PACKAGE}/dist/` : vendored.pathname;
  const { NodeJSKernelBackend } = require(`${base}nodejs_kernel_backend.js`) as NodeBackendModule;
  require(`${base}register_all_kernels.js`);
  return { NodeJSKernelBackend, source: installed ? `package ${NODE_PACKAGE}` : 'copy in dist/vendor' };
}

function resolves(require: NodeJS.Require, id: string): boolean {
  try {
    require.resolve(id);
    return true;
  } catch {
    return false;
  }
}

/** Registers the native backend. */
export function registerNativeBackend(binding: NativeBinding): { backend: NodeBackend; source: string } {
  const { NodeJSKernelBackend, source } = loadNodeBackend();
  adaptKernels();
  const backend = new NodeJSKernelBackend(binding, NODE_PACKAGE);
  tf.registerBackend(BACKEND_NAME, () => backend, 3);
  return { backend, source };
}
