import { open } from 'node:fs/promises';

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
 * Opens a file on this machine.
 *
 * @throws {UserError} when it is missing, a folder or unreadable
 */
export async function openFile(path: string): Promise<ByteSource> {
  try {
    const handle = await open(path, 'r');
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
    }
    const read = async (start: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    };
    return {
      name: path,
      byteLength: stat.isFile() ? stat.size : undefined,
      head: (length) => read(0, length),
      async *stream() {
        for (let at = 0; ;) {
          const chunk = await read(at, CHUNK_BYTES);
          if (chunk.length > 0) yield chunk;
          if (chunk.length < CHUNK_BYTES) return;
          at += chunk.length;
        }
      },
      async slice(start, end) {
        const bytes = await read(start, end - start);
        if (bytes.length < end - start) throw new Error(`it ends before byte ${end}`);
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw inputError(path, error);
  }
}
