import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { StoredDtype } from '../../src/models/index.ts';
import { writeTensors } from '../../src/models/safetensors.ts';

export interface TypedTensor {
  dtype: StoredDtype;
  shape: readonly number[];
  data: Float32Array;
}

export const typed = (dtype: StoredDtype, data: number[], shape = [data.length]): TypedTensor => ({
  dtype,
  shape,
  data: Float32Array.from(data),
});

/** Writes tensors, each in its own type, as a safetensors file. */
export async function writeTyped(
  path: string,
  tensors: Readonly<Record<string, TypedTensor>>,
  metadata?: Record<string, string> | null,
): Promise<void> {
  const entries = Object.entries(tensors).map(
    ([name, { dtype, shape, data }]) => [name, { dtype, shape, read: async () => data }] as const,
  );
  await writeTensors(path, new Map(entries), metadata);
}

/** Writes files of a model and the index of what is in them, as transformers does. */
export async function writeShards(
  folder: string,
  shards: Readonly<Record<string, Readonly<Record<string, TypedTensor>>>>,
): Promise<void> {
  const map: Record<string, string> = {};
  let size = 0;
  for (const [file, tensors] of Object.entries(shards)) {
    await writeTyped(join(folder, file), tensors);
    for (const [name, { dtype, data }] of Object.entries(tensors)) {
      map[name] = file;
      size += data.length * (dtype === 'F32' ? 4 : 2);
    }
  }
  await writeIndex(folder, { metadata: { total_size: size }, weight_map: map });
}

export async function writeIndex(folder: string, index: unknown): Promise<void> {
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
}

/** The name that transformers gives to a part. */
export const shardName = (part: number, parts: number): string =>
  `model-${String(part).padStart(5, '0')}-of-${String(parts).padStart(5, '0')}.safetensors`;
