import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import util from 'node:util';

import * as tf from '@tensorflow/tfjs-core';

import type { NativeBinding } from './binding.ts';
import { adaptKernels } from './kernels.ts';
import { BACKEND_NAME, type NodeBackend } from './nodeBackend.ts';

type NodeBackendModule = {
  NodeJSKernelBackend: new (binding: NativeBinding, packageName: string) => NodeBackend;
};

const NODE_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** Registers the native backend, and says where its JavaScript half came from. */
export function registerNativeBackend(binding: NativeBinding): { backend: NodeBackend; source: string } {
  const { NodeJSKernelBackend, source } = loadNodeBackend();
  adaptKernels();
  const backend = new NodeJSKernelBackend(binding, NODE_PACKAGE);
  tf.registerBackend(BACKEND_NAME, () => backend, 3);
  return { backend, source };
}

/**
 * The JavaScript half of tfjs-node-gpu: from the installed package, else from the copy that the build put beside us
 * (npm takes the package away where its install script cannot reach the download host).
 */
function loadNodeBackend(): { NodeJSKernelBackend: NodeBackendModule['NodeJSKernelBackend']; source: string } {
  // tfjs-node 4.22 calls a function that Node 22 warns about and Node 23 removed (tensorflow/tfjs issue 8609).
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });

  const require = createRequire(import.meta.url);
  const installed = resolves(require, `${NODE_PACKAGE}/package.json`);
  const vendored = fileURLToPath(new URL('../../../vendor/tfjs-node-gpu/', import.meta.url));
  const base = installed ? `${NODE_PACKAGE}/dist/` : vendored;
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
