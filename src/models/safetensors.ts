import { open, type FileHandle } from 'node:fs/promises';

import { z } from 'zod';

import { fromBfloat16, toBfloat16 } from '../base/bfloat16.ts';
import { fromFloat16, toFloat16 } from '../base/float16.ts';
import { UserError } from '../base/userError.ts';
import { replaceAtomic } from '../base/writeFileAtomic.ts';
import { listFirst } from './listFirst.ts';

/** A tensor of a safetensors file, converted to float32. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

/** Types in which weights may be stored. */
export type StoredDtype = 'F32' | 'F16' | 'BF16';

/** Bytes of one element, for each type of the format. */
const ELEMENT_BYTES = {
  F4: 0.5,
  F6_E2M3: 0.75,
  F6_E3M2: 0.75,
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2: 1,
  F8_E5M2FNUZ: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;
export type FileDtype = keyof typeof ELEMENT_BYTES;

/** What a file's header says of one tensor. */
export interface TensorEntry {
  dtype: FileDtype;
  shape: number[];
  /** Where its bytes begin in the file. */
  position: number;
  bytes: number;
}

export interface SafetensorsHeader {
  /** In the order of the data. */
  tensors: Map<string, TensorEntry>;
  /** The texts under `__metadata__`, null when there are none. */
  metadata: Record<string, string> | null;
}

const natural = z.int().nonnegative();
const HEADER = z.record(z.string(), z.unknown());
const METADATA = z.record(z.string(), z.string());
const ENTRY = z.object({
  dtype: z.enum(Object.keys(ELEMENT_BYTES) as FileDtype[], {
    error: ({ input }) => `no type of the format: ${JSON.stringify(input)}`,
  }),
  shape: z.array(natural),
  data_offsets: z.tuple([natural, natural]),
});
type HeaderEntry = z.infer<typeof ENTRY>;

/** Bytes moved at a time: one call reads or writes at most 2 GiB. */
const CHUNK_BYTES = 2 ** 30;
/** The format's own limit for headers (https://github.com/huggingface/safetensors, "Format"). */
const LARGEST_HEADER = 100_000_000;

/** Whether weights of this type can be computed with. */
export const isStoredDtype = (dtype: FileDtype): dtype is StoredDtype => ['F32', 'F16', 'BF16'].includes(dtype);

export function tensorBytes(dtype: FileDtype, shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, ELEMENT_BYTES[dtype]);
}

/**
 * Reads and checks the header of a safetensors file.
 *
 * @param path for errors
 * @throws {UserError} when the file is truncated or not of this format
 */
export async function readSafetensorsHeader(file: FileHandle, path: string): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  if (size < 8) throw broken(path, `it has ${size} bytes, fewer than a header`);
  const prefix = await readBytes(file, 0, 8);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > size) {
    throw broken(path, `its header should take ${length} bytes and the file has ${size}`);
  }
  const text = await readBytes(file, 8, length);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw broken(path, `its header is not JSON (${(error as Error).message})`);
  }
  const header = HEADER.safeParse(json);
  if (!header.success) throw broken(path, 'its header is not an object of tensors');
  const { __metadata__: texts = null, ...tensors } = header.data;
  const metadata = METADATA.nullable().safeParse(texts);
  const { entries, problems } = parseEntries(tensors);
  if (!metadata.success) problems.push(`__metadata__: ${describeIssues(metadata.error)}`);
  if (problems.length === 0) problems.push(...layoutProblems(entries, size - 8 - length));
  if (problems.length > 0) throw broken(path, listFirst(problems));
  const placed = entries.map(([name, { dtype, shape, data_offsets: offsets }]): [string, TensorEntry] => [
    name,
    { dtype, shape, position: 8 + length + offsets[0], bytes: offsets[1] - offsets[0] },
  ]);
  return { tensors: new Map(placed), metadata: metadata.data ?? null };
}

/** @throws {Error} when the file ends before */
export async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(CHUNK_BYTES, length - done), position + done);
    if (bytesRead === 0) throw new Error(`A weight file became shorter while it was read, at byte ${position + done}.`);
    done += bytesRead;
  }
  return bytes;
}

/** The entries in the order of their data. */
function parseEntries(header: Record<string, unknown>): { entries: [string, HeaderEntry][]; problems: string[] } {
  const entries: [string, HeaderEntry][] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(header)) {
    const parsed = ENTRY.safeParse(value);
    if (parsed.success) entries.push([name, parsed.data]);
    else problems.push(`tensor ${name}: ${describeIssues(parsed.error)}`);
  }
  return { entries: entries.sort(byOffset), problems };
}

function byOffset([, a]: [string, HeaderEntry], [, b]: [string, HeaderEntry]): number {
  return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join(', ');
}

/** The data must be the tensors one after the other, without gaps, overlaps or a rest. */
function layoutProblems(entries: readonly [string, HeaderEntry][], dataBytes: number): string[] {
  const problems: string[] = [];
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of entries) {
    const [from, to] = offsets;
    const bytes = tensorBytes(dtype, shape);
    if (to - from !== bytes)
      problems.push(`tensor ${name} of shape [${shape.join(', ')}] needs ${bytes} bytes, has ${to - from}`);
    else if (from !== end) problems.push(`tensor ${name} starts at byte ${from} of the data, expected ${end}`);
    else if (to > dataBytes) problems.push(`tensor ${name} reaches byte ${to} of ${dataBytes}: the file is cut off`);
    end = to;
  }
  if (problems.length === 0 && end < dataBytes) problems.push(`${dataBytes - end} bytes follow the last tensor`);
  return problems;
}

function broken(path: string, why: string): UserError {
  return new UserError('weights.broken', `${path}: not a usable safetensors file: ${why}. Copy or download it again.`);
}

/** The numbers of a tensor's bytes, which may become theirs. */
export function decodeTensor(bytes: Uint8Array<ArrayBuffer>, dtype: StoredDtype): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  return dtype === 'BF16' ? fromBfloat16(halves) : fromFloat16(halves);
}

/** A tensor's bytes, which may share memory with `data`. */
function encodeTensor(data: Float32Array, dtype: StoredDtype): Uint8Array {
  const values = dtype === 'F32' ? data : dtype === 'BF16' ? toBfloat16(data) : toFloat16(data);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A tensor that is asked for its values when its turn comes to be written. */
export interface TensorToWrite {
  dtype: StoredDtype;
  shape: readonly number[];
  read: () => Promise<Float32Array>;
}

/** The metadata that transformers expects. */
export const TRANSFORMERS_METADATA: Readonly<Record<string, string>> = { format: 'pt' };

/**
 * Writes a safetensors file, atomically, one tensor after the other in the given order.
 *
 * @throws {RangeError} when a tensor has another number of values than its shape
 */
export async function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> | null = TRANSFORMERS_METADATA,
): Promise<void> {
  const header = encodeHeader(tensors, metadata);
  await replaceAtomic(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      let position = await writeBytes(file, header, 0);
      for (const [name, { dtype, shape, read }] of tensors) {
        const bytes = encodeTensor(await read(), dtype);
        if (bytes.length !== tensorBytes(dtype, shape)) {
          throw new RangeError(`${path}: tensor ${name} of shape [${shape.join(', ')}] got ${bytes.length} bytes.`);
        }
        position = await writeBytes(file, bytes, position);
      }
    } finally {
      await file.close();
    }
  });
}

/** Length and header, padded with spaces so that the data starts on a multiple of 8 bytes. */
function encodeHeader(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> | null,
): Uint8Array {
  let offset = 0;
  const entries = [...tensors].map(([name, { dtype, shape }]) => {
    const from = offset;
    offset += tensorBytes(dtype, shape);
    return [name, { dtype, shape, data_offsets: [from, offset] }] as const;
  });
  const text = JSON.stringify({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) });
  const encoded = new TextEncoder().encode(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)));
  const bytes = new Uint8Array(8 + encoded.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, 8);
  return bytes;
}

/** Returns the position after what was written. */
async function writeBytes(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length;) {
    const length = Math.min(CHUNK_BYTES, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
  return position + bytes.length;
}

/** Writes tensors that are in memory as a safetensors file, atomically, all in one type. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  dtype: StoredDtype = 'F32',
): Promise<void> {
  const entries = [...tensors].map(([name, { shape, data }]): [string, TensorToWrite] => [
    name,
    { dtype, shape, read: async () => data },
  ]);
  await writeTensors(path, new Map(entries));
}
