import { open, stat, type FileHandle } from 'node:fs/promises';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import { replaceAtomic } from '../base/writeFileAtomic.ts';

/** A tensor of a safetensors file, converted to float32. */
export interface StoredTensor {
  shape: number[];
  data: Float32Array;
}

export type StoredDtype = 'F32' | 'F16' | 'BF16';

const ELEMENT_BYTES: Readonly<Record<StoredDtype, number>> = { F32: 4, F16: 2, BF16: 2 };

const natural = z.int().nonnegative();
const HEADER = z.record(z.string(), z.unknown());
const ENTRY = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16']),
  shape: z.array(natural),
  data_offsets: z.tuple([natural, natural]),
});
type HeaderEntry = z.infer<typeof ENTRY>;

/** Bytes read at a time: one call reads at most 2 GiB. */
const READ_BYTES = 2 ** 30;
/** The format's own limit for headers (https://github.com/huggingface/safetensors, "Format"). */
const LARGEST_HEADER = 100_000_000;

/**
 * Reads every tensor of a safetensors file as float32.
 *
 * @throws {UserError} when the file is missing, truncated, or not of this format
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const status = await stat(path).catch(() => null);
  if (!status?.isFile()) {
    throw new UserError('weights.missing', `${path}: no such file. Give the folder of a model with model.safetensors.`);
  }
  const file = await open(path, 'r');
  try {
    const { entries, dataStart } = await readHeader(file, path, status.size);
    const tensors = new Map<string, StoredTensor>();
    for (const [
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ] of entries) {
      const bytes = new Uint8Array(to - from);
      if (!(await fill(bytes, file, dataStart + from))) throw broken(path, `tensor ${name} is cut off`);
      tensors.set(name, { shape, data: toFloat32(bytes, dtype) });
    }
    return tensors;
  } finally {
    await file.close();
  }
}

/** Reads until `bytes` is full; false when the file ends before. */
async function fill(bytes: Uint8Array, file: FileHandle, position: number): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(READ_BYTES, bytes.length - done), position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

async function readHeader(
  file: FileHandle,
  path: string,
  size: number,
): Promise<{ entries: [string, HeaderEntry][]; dataStart: number }> {
  const prefix = new Uint8Array(8);
  if (!(await fill(prefix, file, 0))) throw broken(path, `it has ${size} bytes, fewer than a header`);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > size) {
    throw broken(path, `its header should take ${length} bytes and the file has ${size}`);
  }
  const text = new Uint8Array(length);
  await fill(text, file, 8);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw broken(path, `its header is not JSON (${(error as Error).message})`);
  }
  const header = HEADER.safeParse(json);
  if (!header.success) throw broken(path, 'its header is not an object of tensors');
  const { entries, problems } = parseEntries(header.data);
  if (problems.length === 0) problems.push(...layoutProblems(entries, size - 8 - length));
  if (problems.length > 0) throw broken(path, problems.slice(0, 5).join('; '));
  return { entries, dataStart: 8 + length };
}

function parseEntries(header: Record<string, unknown>): { entries: [string, HeaderEntry][]; problems: string[] } {
  const entries: [string, HeaderEntry][] = [];
  const problems: string[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const parsed = ENTRY.safeParse(value);
    if (parsed.success) entries.push([name, parsed.data]);
    else problems.push(`tensor ${name}: ${describeIssues(parsed.error)}`);
  }
  return { entries, problems };
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join(', ');
}

/** The data must be the tensors one after the other, without gaps, overlaps or a rest. */
function layoutProblems(entries: readonly [string, HeaderEntry][], dataBytes: number): string[] {
  const problems: string[] = [];
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of entries.toSorted(byOffset)) {
    const [from, to] = offsets;
    const bytes = shape.reduce((product, n) => product * n, ELEMENT_BYTES[dtype]);
    if (to - from !== bytes)
      problems.push(`tensor ${name} of shape [${shape.join(', ')}] needs ${bytes} bytes, has ${to - from}`);
    else if (from !== end) problems.push(`tensor ${name} starts at byte ${from} of the data, expected ${end}`);
    else if (to > dataBytes) problems.push(`tensor ${name} reaches byte ${to} of ${dataBytes}: the file is cut off`);
    end = to;
  }
  if (problems.length === 0 && end < dataBytes) problems.push(`${dataBytes - end} bytes follow the last tensor`);
  return problems;
}

function byOffset([, a]: [string, HeaderEntry], [, b]: [string, HeaderEntry]): number {
  return a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1];
}

function broken(path: string, why: string): UserError {
  return new UserError('weights.broken', `${path}: not a usable safetensors file: ${why}. Copy or download it again.`);
}

function toFloat32(bytes: Uint8Array, dtype: StoredDtype): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  // Plain loops: with a mapping function, typed arrays are ten times slower.
  if (dtype === 'BF16') {
    const bits = new Uint32Array(halves.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
    return new Float32Array(bits.buffer);
  }
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = halfToFloat(halves[i]!);
  return values;
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
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i++) {
    const value = bits[i]!;
    halves[i] = Number.isNaN(data[i]) ? 0x7fc0 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return halves;
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
