import { join } from 'node:path';

import { UserError } from '../base/userError.ts';
import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import type { Parameter } from '../engine/index.ts';
import { listFirst } from './listFirst.ts';
import { parameterValues } from './parameters.ts';
import {
  tensorBytes,
  TRANSFORMERS_METADATA,
  writeTensors,
  type StoredDtype,
  type TensorToWrite,
} from './safetensors.ts';
import { INDEX_FILE, SINGLE_FILE, type WeightFile, type WeightIndex, type WeightLayout } from './weightFiles.ts';

/** From here on, magnitudes round to infinity. */
const OVERFLOW = { F16: 65_520, BF16: 2 ** 128 - 2 ** 119 } as const;

/**
 * Writes weights into a folder, one tensor after the other, as they lay on disk when they were loaded: in the same files
 * and order, with the same metadata.
 *
 * @param options.layout null for weights that were not loaded: one file
 * @param options.dtype `stored`: each tensor in the type that it had on disk; float32 for one that was not there
 * @param options.where the folder's final name, for errors
 * @throws {UserError} naming every weight with values beyond the range of its type
 */
export async function saveWeights(
  folder: string,
  parameters: ReadonlyMap<string, Parameter>,
  options: { layout: WeightLayout | null; dtype: StoredDtype | 'stored'; where: string },
): Promise<void> {
  const { layout, dtype } = options;
  const overflowing: string[] = [];
  let totalSize = 0;
  const homes = new Map<string, string>();
  for (const file of filesOf(parameters, layout)) {
    const tensors = new Map<string, TensorToWrite>();
    for (const [name, stored] of file.tensors) {
      const parameter = parameters.get(name)!;
      const { shape } = parameter;
      const type = dtype === 'stored' ? stored : dtype;
      const read = async (): Promise<Float32Array> => {
        const values = await parameterValues(parameter);
        if (type !== 'F32' && overflows(values, OVERFLOW[type])) overflowing.push(`${name} (${type})`);
        return values;
      };
      tensors.set(name, { dtype: type, shape, read });
      totalSize += tensorBytes(type, shape);
      homes.set(name, file.name);
    }
    await writeTensors(join(folder, file.name), tensors, file.metadata);
  }
  if (overflowing.length > 0) {
    throw new UserError(
      'weights.overflow',
      `${options.where}: values too large for the type in ${listFirst(overflowing)}. Save with dtype F32.`,
    );
  }
  if (layout?.index) await writeIndex(folder, layout.index, homes, totalSize);
}

/** The files to write, with those tensors only that the model has, and all of them. */
function filesOf(parameters: ReadonlyMap<string, Parameter>, layout: WeightLayout | null): WeightFile[] {
  const known = new Set(layout?.files.flatMap(({ tensors }) => [...tensors.keys()]));
  const added = [...parameters.keys()].filter((name) => !known.has(name)).map((name) => [name, 'F32'] as const);
  if (!layout) return [{ name: SINGLE_FILE, metadata: TRANSFORMERS_METADATA, tensors: new Map(added) }];
  const files = layout.files.map(({ tensors, ...file }) => ({
    ...file,
    tensors: new Map([...tensors].filter(([name]) => parameters.has(name))),
  }));
  for (const [name, dtype] of added) files.at(-1)!.tensors.set(name, dtype);
  return files.filter(({ tensors }) => tensors.size > 0);
}

function overflows(values: Float32Array, from: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude >= from && magnitude < Infinity) return true;
  }
  return false;
}

async function writeIndex(
  folder: string,
  index: WeightIndex,
  homes: ReadonlyMap<string, string>,
  totalSize: number,
): Promise<void> {
  const names = [...new Set([...Object.keys(index.weight_map), ...homes.keys()])].filter((name) => homes.has(name));
  const contents: WeightIndex = {
    ...index,
    metadata: { ...index.metadata, total_size: totalSize },
    weight_map: Object.fromEntries(names.map((name) => [name, homes.get(name)!])),
  };
  await writeFileAtomic(join(folder, INDEX_FILE), `${JSON.stringify(contents, null, 2)}\n`);
}
