import { openFile, type ByteSource } from '../../../datasets/readers/byteSource.ts';

/** A file on this machine which counts the bytes that are read of it by range. */
export async function countedSource(path: string): Promise<ByteSource & { bytesRead: () => number }> {
  const source = await openFile(path);
  let bytes = 0;
  return {
    ...source,
    slice(start, end) {
      bytes += end - start;
      return source.slice(start, end);
    },
    bytesRead: () => bytes,
  };
}
