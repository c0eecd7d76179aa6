import { open, type FileHandle } from 'node:fs/promises';

/** What the header of a shared library tells without loading it. */
interface ElfHeader {
  /** In Node's naming where there is one (`x64`, `arm64`), else the number of the ELF specification. */
  machine: string;
  /** Beginning of the library's own search path; empty when it has none. */
  runpath: string;
}

interface Segment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };
const SEGMENT_LOAD = 1;
const SEGMENT_DYNAMIC = 2;
const TAG_STRINGS = 5n;
const TAG_RPATH = 15n;
const TAG_RUNPATH = 29n;
const RUNPATH_BYTES = 4096;

/**
 * Reads the header of a 64-bit little-endian ELF file.
 *
 * A file that was cut is noticed without reading it: the section table, which linkers put last, must lie inside.
 *
 * @throws {Error} whose message completes the sentence "<path> ..."
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export async function readElf(path: string): Promise<ElfHeader> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const header = await readAt(file, 0, 64);
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) throw new Error('is not a shared library (ELF)');
    if (header[4] !== 2 || header[5] !== 1) throw new Error('is not a 64-bit little-endian library');
    const segments = await readSegments(file, header);
    const sections = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    const end = Math.max(sections, ...segments.map((segment) => segment.offset + segment.size));
    if (end > size) throw new Error(`is cut short: it has ${size} bytes and should have at least ${end}`);
    const machine = header.readUInt16LE(18);
    return { machine: MACHINES[machine] ?? `ELF machine ${machine}`, runpath: await readRunpath(file, segments) };
  } finally {
    await file.close();
  }
}

async function readSegments(file: FileHandle, header: Buffer): Promise<Segment[]> {
  const offset = Number(header.readBigUInt64LE(32));
  const entrySize = header.readUInt16LE(54);
  const table = await readAt(file, offset, entrySize * header.readUInt16LE(56));
  const segments: Segment[] = [];
  for (let at = 0; at + 56 <= table.length; at += entrySize) {
    segments.push({
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    });
  }
  return segments;
}

async function readRunpath(file: FileHandle, segments: Segment[]): Promise<string> {
  const dynamic = segments.find((segment) => segment.type === SEGMENT_DYNAMIC);
  if (dynamic === undefined) return '';
  const table = await readAt(file, dynamic.offset, dynamic.size);
  const tags = new Map<bigint, number>();
  for (let at = 0; at + 16 <= table.length; at += 16) {
    tags.set(table.readBigInt64LE(at), Number(table.readBigUInt64LE(at + 8)));
  }
  const strings = tags.get(TAG_STRINGS);
  const runpath = tags.get(TAG_RUNPATH) ?? tags.get(TAG_RPATH);
  if (strings === undefined || runpath === undefined) return '';
  const home = segments.find(
    ({ type, address, size }) => type === SEGMENT_LOAD && strings >= address && strings < address + size,
  );
  if (home === undefined) return '';
  const text = await readAt(file, strings - home.address + home.offset + runpath, RUNPATH_BYTES);
  const end = text.indexOf(0);
  return text.toString('latin1', 0, end < 0 ? text.length : end);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
