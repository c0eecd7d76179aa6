import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** One file of a zip archive. */
export interface ZipEntry {
  name: string;
  /** Bytes unpacked. */
  size: number;
  compressedSize: number;
  /** 0 stored, 8 deflated. */
  method: number;
  /** Of its local header. */
  offset: number;
  /** Unix permission bits; 0 when the archive has none. */
  mode: number;
}

const END_BYTES = 22;
const COMMENT_BYTES = 65_535;
const READ_BYTES = 1 << 18;

/**
 * Lists a zip archive by its central directory. Reads neither zip64 (wheels over 4 GiB) nor encrypted archives.
 *
 * @throws {Error} when the file is not a whole zip archive
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.12 and 4.3.16
 */
export async function readZipEntries(path: string): Promise<ZipEntry[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = await readAt(file, Math.max(0, size - END_BYTES - COMMENT_BYTES), END_BYTES + COMMENT_BYTES);
    const end = tail.lastIndexOf(Buffer.from('PK\u0005\u0006'));
    if (end < 0 || end + END_BYTES > tail.length) throw new Error(`${path} is not a zip archive, or it is cut short`);
    const count = tail.readUInt16LE(end + 10);
    const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    return parseDirectory(path, directory, count);
  } finally {
    await file.close();
  }
}

function parseDirectory(path: string, directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (entries.length < count) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) {
      throw new Error(`${path} has a damaged zip directory, or is larger than 4 GiB`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      mode: (directory.readUInt32LE(at + 38) >>> 16) & 0o777,
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * Unpacks one file as a stream (the libraries are larger than memory should be) and flushes it to disk.
 *
 * @param onBytes told the number of bytes just written
 * @returns its checksum, hexadecimal
 */
export async function extractZipEntry(
  path: string,
  entry: ZipEntry,
  destination: string,
  onBytes: (count: number) => void,
): Promise<string> {
  const start = await dataStart(path, entry);
  await mkdir(dirname(destination), { recursive: true });
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    createReadStream(path, { start, end: start + entry.compressedSize - 1, highWaterMark: READ_BYTES }),
    entry.method === 0 ? new PassThrough() : createInflateRaw({ chunkSize: READ_BYTES }),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        onBytes(chunk.length);
        yield chunk;
      }
    },
    createWriteStream(destination, { mode: (entry.mode & 0o100) === 0 ? 0o644 : 0o755, flush: true }),
  );
  if (size !== entry.size) throw new Error(`${path}: ${entry.name} unpacks to ${size} bytes instead of ${entry.size}`);
  return hash.digest('hex');
}

async function dataStart(path: string, entry: ZipEntry): Promise<number> {
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`${path}: ${entry.name} has method ${entry.method}`);
  const file = await open(path, 'r');
  try {
    const header = await readAt(file, entry.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50)
      throw new Error(`${path} is a damaged zip archive`);
    return entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
}

/** Reads text of a small file inside the archive. */
export async function readZipText(path: string, entry: ZipEntry): Promise<string> {
  const start = await dataStart(path, entry);
  const source = createReadStream(path, { start, end: start + entry.compressedSize - 1 });
  const chunks: Buffer[] = [];
  await pipeline(
    source,
    entry.method === 0 ? new PassThrough() : createInflateRaw(),
    async (data: AsyncIterable<Buffer>) => {
      for await (const chunk of data) chunks.push(chunk);
    },
  );
  return Buffer.concat(chunks).toString('utf8');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
