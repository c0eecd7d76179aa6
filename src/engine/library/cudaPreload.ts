import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The libraries TensorFlow looks for by name, each after those it needs itself. Loaded first, they are found wherever
 * they lie. Others in the same wheels (nvBLAS, profiler parts) must stay out: loading them changes the process.
 */
const ORDER = [
  'libcudart',
  'libnvrtc',
  'libnvJitLink',
  'libcublasLt',
  'libcublas',
  'libcufft',
  'libcurand',
  'libcusparse',
  'libcusolver',
  'libcudnn',
  'libnccl',
  'libcupti',
];

/**
 * CUDA libraries below `<folder>/nvidia/<part>/lib`, the layout of the CUDA wheels, in loading order.
 *
 * @returns paths; empty when the folder does not hold every one of them, because a part of CUDA is of no use
 */
export async function cudaPreload(folder: string): Promise<string[]> {
  const root = join(folder, 'nvidia');
  const found = new Map<string, string>();
  for (const part of await listSorted(root)) {
    for (const file of await listSorted(join(root, part, 'lib'))) {
      const name = /^(lib\w+)\.so\.[\d.]+$/.exec(file)?.[1];
      if (name !== undefined) found.set(name, join(root, part, 'lib', file));
    }
  }
  const preload = ORDER.map((name) => found.get(name));
  return preload.every((path) => path !== undefined) ? preload : [];
}

async function listSorted(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.sort((a, b) => (a < b ? -1 : 1));
}
