import { decompressLz4Block } from './lz4Block.ts';

const MAGIC = 0x184d2204;
/** Most bytes of a block, by its number in the frame's header. */
const BLOCK_BYTES: Record<number, number> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
const STORED = 0x80000000;

/**
 * Decompresses an LZ4 frame; its checksums are passed over.
 * @throws {Error} when it is damaged
 */
export function decompressLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const flags = view.getUint8(4);
  const blockBytes = BLOCK_BYTES[(view.getUint8(5) >> 4) & 7];
  if (view.getUint32(0, true) !== MAGIC || flags >> 6 !== 1 || !blockBytes || flags & 1) throw damaged('its header');
  const [hasContentSize, hasBlockSums] = [(flags & 8) !== 0, (flags & 16) !== 0];
  let at = hasContentSize ? 15 : 7;
  let output = new Uint8Array(blockBytes);
  let length = 0;
  for (;;) {
    const header = view.getUint32(at, true);
    if (header === 0) return output.subarray(0, length);
    const size = header & ~STORED;
    const block = frame.subarray(at + 4, at + 4 + size);
    if (size > blockBytes || block.length < size) throw damaged('a block');
    if (output.length < length + blockBytes) output = enlarged(output, 2 * output.length + blockBytes);
    // A block may copy from the one before, so all of them share the output.
    if (header & STORED) output.set(block, length);
    const end = header & STORED ? length + size : decompressLz4Block(block, output, length);
    if (end > length + blockBytes) throw damaged('a block');
    length = end;
    at += 4 + size + (hasBlockSums ? 4 : 0);
  }
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(length);
  more.set(bytes);
  return more;
}

function damaged(what: string): Error {
  return new Error(`an LZ4 frame is damaged in ${what}`);
}
