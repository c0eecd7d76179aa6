import { open, stat } from 'node:fs/promises';

import { replaceAtomic } from '../base/writeFileAtomic.ts';
import { UserError } from '../base/userError.ts';

/** A tensor of a safetensors file, converted to float32. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

export type StoredDtype = 'F32' | 'F16' | 'BF16';

interface HeaderEntry {
  dtype: StoredDtype;
  shape: number[];
  data_offsets: [number, number];
}

const ELEMENT_BYTES: Readonly<Record<StoredDtype, number>> = { F32: 4, F16: 2, BF16: 2 };
/** The format's own limit for headers (https://github.com/huggingface/safetensors, "Format"). */
const LARGEST_HEADER = 100_000_000;

/**
 * Reads every tensor of a safetensors file as float32.
 *
 * @throws {UserError} when the file is missing, truncated, or not of this format
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const size = (await stat(path).catch(() => null))?.size;
  if (size === undefined) throw new UserError('weights.missing', `${path}: no such file. Give the folder of a model with model.safetensors.`);
  const file = await open(path, 'r');
  try {
    const { entries, dataStart } = await readHeader(file, path, size);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, entry] of entries) {
      const [from, to] = entry.data_offsets;
      const bytes = new Uint8Array(to - from);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, dataStart + from);
      if (bytesRead !== bytes.length) throw broken(path, `tensor ${name} ends after ${bytesRead} of ${bytes.length} bytes`);
      tensors.set(name, { shape: entry.shape, data: toFloat32(bytes, entry.dtype) });
    }
    return tensors;
  } finally {
    await file.close();
  }
}

async function readHeader(
  file: Awaited<ReturnType<typeof open>>,
  path: string,
  size: number,
): Promise<{ entries: [string, HeaderEntry][]; dataStart: number }> {
  const prefix = new Uint8Array(8);
  if (size < 8 || (await file.read(prefix, 0, 8, 0)).bytesRead < 8) throw broken(path, `it has ${size} bytes, fewer than a header`);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > size) {
    throw broken(path, `its header should take ${length} bytes and the file has ${size}`);
  }
  const text = new Uint8Array(length);
  await file.read(text, 0, length, 8);
  let header: Record<string, HeaderEntry>;
  try {
    header = JSON.parse(new TextDecoder().decode(text)) as Record<string, HeaderEntry>;
  } catch (error) {
    throw broken(path, `its header is not JSON (${(error as Error).message})`);
  }
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  const problems = entries.flatMap(([name, entry]) => entryProblems(name, entry, size - 8 - length));
  if (problems.length > 0) throw broken(path, problems.slice(0, 5).join('; '));
  return { entries, dataStart: 8 + length };
}

function entryProblems(name: string, entry: HeaderEntry, dataBytes: number): string[] {
  const width = ELEMENT_BYTES[entry.dtype];
  if (width === undefined) return [`tensor ${name} has type ${String(entry.dtype)}, expected F32, F16 or BF16`];
  if (!Array.isArray(entry.shape) || !Array.isArray(entry.data_offsets)) return [`tensor ${name} has no shape or offsets`];
  const [from, to] = entry.data_offsets;
  const bytes = entry.shape.reduce((product, n) => product * n, width);
  if (to - from !== bytes) return [`tensor ${name} of shape [${entry.shape.join(', ')}] needs ${bytes} bytes, has ${to - from}`];
  if (from < 0 || to > dataBytes) return [`tensor ${name} reaches byte ${to} of ${dataBytes}: the file is cut off`];
  return [];
}

function broken(path: string, why: string): UserError {
  return new UserError('weights.broken', `${path}: not a usable safetensors file: ${why}. Copy or download it again.`);
}

function toFloat32(bytes: Uint8Array, dtype: StoredDtype): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  return Float32Array.from(halves, halfToFloat);
}

/** IEEE 754 binary16. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float32 to bfloat16, round to nearest even; NaN stays NaN. */
function toBfloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return Uint16Array.from(bits, (value, i) =>
    Number.isNaN(data[i]) ? 0x7fc0 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16,
  );
}

/**
 * Writes tensors as a safetensors file, atomically and in the given order, with the metadata that transformers expects.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  dtype: 'F32' | 'BF16' = 'F32',
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const values = dtype === 'F32' ? data : toBfloat16(data);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    chunks.push(bytes);
    offset += bytes.length;
  }
  // Padded with spaces so that the data starts on a multiple of 8 bytes.
  const text = JSON.stringify(header);
  const encoded = new TextEncoder().encode(text.padEnd(text.length + ((8 - (Buffer.byteLength(text) % 8)) % 8)));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(encoded.length), true);
  await replaceAtomic(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      for (const chunk of [prefix, encoded, ...chunks]) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
  });
}
