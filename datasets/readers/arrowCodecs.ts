import { CompressionType, compressionRegistry } from 'apache-arrow';
import { decompress } from 'fzstd';

import { decompressLz4Frame } from './lz4Frame.ts';

/** Lets apache-arrow read compressed record batches: it knows the formats and brings no decoder. */
export function registerArrowCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4Frame });
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => aligned(decompress(bytes)) });
}

/** Bytes that typed arrays of 8 bytes may begin at. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
