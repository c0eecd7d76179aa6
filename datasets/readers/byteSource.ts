import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { UserError } from '../../src/base/userError.ts';
import { inputError } from './readInput.ts';

/** The bytes of one file, wherever it lies. Readers of formats take this, never a path. */
export interface ByteSource {
  /** What to call it in messages: as the user wrote it, and the file inside where that names several. */
  readonly name: string;
  /** Bytes it has; undefined where only reading to the end would tell. */
  readonly byteLength: number | undefined;
  /** Up to `length` bytes from its start; can be asked any time, and reads nothing twice over a network. */
  head(length: number): Promise<Uint8Array>;
  /** All bytes, in pieces, from the start. A reader that stops early leaves the rest unread. */
  stream(): AsyncIterable<Uint8Array>;
  /**
   * Bytes from `start` up to `end`.
   *
   * @throws {Error} when it ends before
   */
  slice(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Bytes a stream hands over at a time. */
const CHUNK_BYTES = 1 << 18;

/**
 * Opens a file on this machine. What is written to it from then on is left unread; a pipe is copied first.
 *
 * @param name what to call it in messages
 * @throws {UserError} when it is missing, a folder or unreadable; its stream and slices, when it has become shorter
 */
export async function openFile(path: string, name: string = path): Promise<ByteSource> {
  try {
    const handle = await open(path, 'r');
    const stat = await handle.stat();
    if (stat.isFile()) return fileSource(name, handle, stat.size);
    if (!stat.isDirectory()) return await spoolBytes(name, handle.createReadStream());
    await handle.close();
    throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
  } catch (error) {
    throw inputError(name, error);
  }
}

/**
 * Copies bytes that can be had once, from first to last, to a temporary file that is gone when the source is closed.
 *
 * @throws whatever `chunks` throws
 */
export async function spoolBytes(name: string, chunks: AsyncIterable<Uint8Array>): Promise<ByteSource> {
  const folder = await mkdtemp(join(tmpdir(), 'nashtune-spool-'));
  try {
    const handle = await open(join(folder, 'bytes'), 'w+');
    // The bytes stay until the handle is closed, also when the process is killed before.
    await rm(folder, { recursive: true });
    let byteLength = 0;
    try {
      for await (const chunk of chunks) {
        await handle.writeFile(chunk);
        byteLength += chunk.length;
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    return fileSource(name, handle, byteLength);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function fileSource(name: string, handle: FileHandle, byteLength: number): ByteSource {
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(end - start);
    for (let filled = 0; filled < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
      if (bytesRead === 0) throw shorter(name, byteLength, start + filled);
      filled += bytesRead;
    }
    return bytes;
  };
  return {
    name,
    byteLength,
    head: (length) => read(0, Math.min(length, byteLength)),
    async *stream() {
      for (let at = 0; at < byteLength; at += CHUNK_BYTES) yield read(at, Math.min(at + CHUNK_BYTES, byteLength));
    },
    async slice(start, end) {
      if (end > byteLength) throw new Error(`it ends before byte ${end}`);
      return read(start, end);
    },
    close: () => handle.close(),
  };
}

function shorter(name: string, before: number, now: number): UserError {
  return new UserError(
    'input.changed',
    `${name}: expected the ${before} bytes it had when it was opened, found ${now}: it was changed while it was being ` +
      'read. Wait until it is written, then start again.',
  );
}
