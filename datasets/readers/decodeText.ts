import { isAscii, isUtf8 } from 'node:buffer';

/** The most bytes of text in one row; V8 makes no string of more than 512 MB. */
export const MAX_ROW_BYTES = 1 << 28;

/** Bytes as UTF-8 text, undefined where they are none or hold a zero byte. */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0) || !isUtf8(bytes)) return undefined;
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString(isAscii(bytes) ? 'latin1' : 'utf8');
}
