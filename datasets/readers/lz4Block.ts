/**
 * Decompresses an LZ4 block into `output` at `start`, where it may copy from what stands before.
 *
 * @returns where the output ends
 * @throws {Error} when the block is damaged or `output` too short
 */
export function decompressLz4Block(block: Uint8Array, output: Uint8Array, start: number): number {
  let at = 0;
  let end = start;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = block[at++] ?? 0;
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length || end + literals > output.length)
      throw new Error('an LZ4 block is damaged in its literals');
    output.set(block.subarray(at, at + literals), end);
    end += literals;
    at += literals;
    if (at === block.length) return end;
    const distance = block[at]! | ((block[at + 1] ?? 0) << 8);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (distance === 0 || distance > end || end + length > output.length)
      throw new Error('an LZ4 block is damaged in a match');
    // Where it overlaps itself, the copy repeats what it has just written.
    if (distance >= length) output.copyWithin(end, end - distance, end - distance + length);
    else for (let to = end; to < end + length; to++) output[to] = output[to - distance]!;
    end += length;
  }
  throw new Error('an LZ4 block is damaged at its end');
}
