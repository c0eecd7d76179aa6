import type { ByteSource } from '../../../datasets/readers/byteSource.ts';

/** Bytes in memory, named `memory`, as a file would give them. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    name: 'memory',
    byteLength: bytes.length,
    head: (length) => Promise.resolve(bytes.subarray(0, length)),
    async *stream() {
      for (let at = 0; at < bytes.length; at += 100) yield await Promise.resolve(bytes.subarray(at, at + 100));
    },
    slice(start, end) {
      if (start < 0 || end > bytes.length) return Promise.reject(new Error(`it ends before byte ${end}`));
      return Promise.resolve(Uint8Array.from(bytes.subarray(start, end)));
    },
    close: () => Promise.resolve(),
  };
}
