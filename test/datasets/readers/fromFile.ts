import { openFile, type ByteSource } from '../../../datasets/readers/byteSource.ts';

/** What a reader gives of a file, which is closed after it. */
export async function* fromFile<T>(path: string, read: (source: ByteSource) => AsyncIterable<T>): AsyncGenerator<T> {
  const source = await openFile(path);
  try {
    yield* read(source);
  } finally {
    await source.close();
  }
}
