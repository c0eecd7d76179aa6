import type { ByteSource } from './byteSource.ts';
import { peekBytes } from './peekBytes.ts';
import { refuseForeign } from './refuseForeign.ts';
import { unpackBytes } from './unpackBytes.ts';

/** Unpacked bytes of which the format of text is told. */
const HEAD_BYTES = 1 << 16;

/**
 * The unpacked bytes of a text file, without a byte order mark, and the first of them.
 *
 * @throws {UserError} when it is no UTF-8 text with rows, and as `unpackBytes`
 */
export async function openText(source: ByteSource): Promise<{ head: Buffer; chunks: AsyncIterable<Uint8Array> }> {
  const { head, all } = await peekBytes(unpackBytes(source), HEAD_BYTES);
  refuseForeign(source.name, head);
  const marked = head.toString('latin1', 0, 3) === '\xef\xbb\xbf';
  return marked ? { head: head.subarray(3), chunks: skipBytes(all, 3) } : { head, chunks: all };
}

async function* skipBytes(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    yield left === 0 ? chunk : chunk.subarray(left);
    left = 0;
  }
}
