import { open, readFile, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import {
  decodeTensor,
  isStoredDtype,
  readBytes,
  readSafetensorsHeader,
  type FileDtype,
  type SafetensorsHeader,
  type StoredDtype,
  type StoredTensor,
} from './safetensors.ts';

/** Where a tensor is, and in which form. */
export interface WeightEntry {
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  /** Path of its file. */
  readonly file: string;
}

/** One safetensors file of a model. */
export interface WeightFile {
  readonly name: string;
  /** The texts under `__metadata__`, null when there are none. */
  readonly metadata: Readonly<Record<string, string>> | null;
  /** Types of the tensors that can be weights, in the order of the data. */
  readonly tensors: ReadonlyMap<string, StoredDtype>;
}

/** How a model's weights are spread over files: what is needed to save them in the same way. */
export interface WeightLayout {
  readonly files: readonly WeightFile[];
  /** The contents of model.safetensors.index.json; null for a single file. */
  readonly index: WeightIndex | null;
}

/** Weights on disk, of which no more is in memory than is asked for. */
export interface WeightFiles {
  /** The file, or the index of several. */
  readonly path: string;
  readonly entries: ReadonlyMap<string, WeightEntry>;
  readonly layout: WeightLayout;
  /**
   * Reads a tensor as float32.
   *
   * @throws {UserError} when it is of a type that weights cannot have
   */
  read(name: string): Promise<StoredTensor>;
  /** Reads a tensor as it is stored. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const INDEX = z.looseObject({
  metadata: z.looseObject({}).optional(),
  weight_map: z.record(z.string(), z.string()),
});
export type WeightIndex = z.infer<typeof INDEX>;

export const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/**
 * Opens weights and checks that they are whole, before any of them is read.
 *
 * @param path a folder in Hugging Face layout, with one safetensors file or several; or a safetensors file
 * @throws {UserError} when files are missing or broken, or do not have what their index says
 */
export async function openWeights(path: string): Promise<WeightFiles> {
  const found = await findWeights(path);
  if (basename(found) !== INDEX_FILE) return weightFiles(found, [await openFile(found)], null);
  const index = await readIndex(found);
  return weightFiles(found, await openShards(found, index), index);
}

/** Reads all weights of a folder or file into memory, as float32. */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const weights = await openWeights(path);
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const name of weights.entries.keys()) tensors.set(name, await weights.read(name));
    return tensors;
  } finally {
    await weights.close();
  }
}

/** The safetensors file, or the index of several. */
async function findWeights(path: string): Promise<string> {
  const status = await stat(path).catch(() => null);
  if (status?.isFile()) return path;
  if (!status?.isDirectory()) {
    throw new UserError('weights.missing', `${path}: no such file. Give a safetensors file or the folder of a model.`);
  }
  const names = await readdir(path);
  const weights = [SINGLE_FILE, INDEX_FILE].find((name) => names.includes(name));
  if (weights !== undefined) return join(path, weights);
  const pickle = names.find((name) => /^pytorch_model.*\.bin$/.test(name));
  if (pickle !== undefined) {
    throw new UserError(
      'weights.pickle',
      `${path}: the weights are a pickle (${pickle}), which may run code. Convert them: ` +
        `python -c "from transformers import AutoModelForCausalLM as M; M.from_pretrained('.').save_pretrained('.')"`,
    );
  }
  throw new UserError(
    'weights.missing',
    `${join(path, SINGLE_FILE)}: no such file, nor ${INDEX_FILE}. Give the folder of a model with its weights.`,
  );
}

async function readIndex(path: string): Promise<WeightIndex> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw badIndex(path, [`the index is not JSON (${(error as Error).message})`]);
  }
  const parsed = INDEX.safeParse(json);
  if (!parsed.success) throw badIndex(path, ['the index has no weight_map from tensors to files']);
  const problems = [...new Set(Object.values(parsed.data.weight_map))]
    .filter((name) => !/^[^/\\]+\.safetensors$/.test(name))
    .map((name) => `${name} is not the name of a safetensors file in this folder`);
  if (problems.length > 0) throw badIndex(path, problems);
  return parsed.data;
}

function badIndex(path: string, problems: readonly string[]): UserError {
  const lines = problems.slice(0, 5).map((problem) => `- ${problem}`);
  if (problems.length > 5) lines.push(`- and ${problems.length - 5} more`);
  return new UserError(
    'weights.badIndex',
    `${path}: the weights are not whole:\n${lines.join('\n')}\nDownload the model again.`,
  );
}

interface OpenFile {
  path: string;
  handle: FileHandle;
  header: SafetensorsHeader;
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, 'r');
  try {
    return { path, handle, header: await readSafetensorsHeader(handle, path) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openShards(path: string, index: WeightIndex): Promise<OpenFile[]> {
  const files: OpenFile[] = [];
  const problems: string[] = [];
  try {
    for (const name of [...new Set(Object.values(index.weight_map))].sort()) {
      const opened = await openFile(join(dirname(path), name)).catch(explain);
      if (typeof opened === 'string') problems.push(opened);
      else files.push(opened);
    }
    problems.push(...indexProblems(index, files));
    if (problems.length > 0) throw badIndex(path, problems);
    return files;
  } catch (error) {
    await Promise.all(files.map(({ handle }) => handle.close()));
    throw error;
  }
}

/** What is wrong with a file that does not open. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `${basename(path!)} is missing`;
  throw error;
}

/** Tensors that are in two files, or not in the file that the index names. */
function indexProblems({ weight_map: map }: WeightIndex, files: readonly OpenFile[]): string[] {
  const homes = new Map<string, string[]>();
  for (const { path, header } of files) {
    for (const name of header.tensors.keys()) homes.set(name, [...(homes.get(name) ?? []), basename(path)]);
  }
  const opened = new Set(files.map(({ path }) => basename(path)));
  const absent = Object.entries(map).filter(([name, file]) => opened.has(file) && !homes.get(name)?.includes(file));
  const twice = [...homes].filter(([, home]) => home.length > 1);
  return [
    ...absent.map(([name, file]) => `tensor ${name} is not in ${file}`),
    ...twice.map(([name, home]) => `tensor ${name} is in ${home.join(' and in ')}`),
  ];
}

function weightFiles(path: string, files: readonly OpenFile[], index: WeightIndex | null): WeightFiles {
  const places = new Map(
    files.flatMap((file) => [...file.header.tensors].map(([name, entry]) => [name, { file, entry }] as const)),
  );
  const bytesOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const { file, entry } = places.get(name)!;
    return readBytes(file.handle, entry.position, entry.bytes);
  };
  return {
    path,
    entries: new Map(
      [...places].map(([name, { file, entry }]) => [name, { dtype: entry.dtype, shape: entry.shape, file: file.path }]),
    ),
    layout: {
      index,
      files: files.map(({ path, header }) => ({
        name: basename(path),
        metadata: header.metadata,
        tensors: new Map(
          [...header.tensors].flatMap(([name, { dtype }]) => (isStoredDtype(dtype) ? [[name, dtype] as const] : [])),
        ),
      })),
    },
    read: async (name) => {
      const { file, entry } = places.get(name)!;
      const { dtype, shape } = entry;
      if (!isStoredDtype(dtype)) {
        throw new UserError(
          'weights.dtype',
          `${file.path}: tensor ${name} has the type ${dtype}, expected F32, F16 or BF16. Convert the model to one of them.`,
        );
      }
      return { shape: [...shape], data: decodeTensor(await bytesOf(name), dtype) };
    },
    readBytes: bytesOf,
    close: async () => {
      await Promise.all(files.map(({ handle }) => handle.close()));
    },
  };
}
