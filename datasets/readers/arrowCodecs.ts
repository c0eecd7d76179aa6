import { CompressionType, compressionRegistry } from 'apache-arrow';
import { decompress } from 'fzstd';

import { decompressLz4Frame } from './lz4Frame.ts';

/** Lets apache-arrow read compressed record batches: it knows the formats and brings no decoder. */
export function registerArrowCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4Frame });
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompress(bytes) });
}
