/** bfloat16 to float32, of which it is the upper half. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  // A plain loop: with a mapping function, typed arrays are ten times slower.
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** float32 to bfloat16, rounded to nearest even; too large ones become infinite, NaN stays NaN. */
export function toBfloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i++) {
    const value = bits[i]!;
    const upper = value >>> 16;
    const isNaN = (value & 0x7fff_ffff) > 0x7f80_0000;
    // A NaN whose mark lies in the lower half alone would become infinite.
    if (isNaN) halves[i] = (upper & 0x7f) === 0 ? upper | 0x40 : upper;
    else halves[i] = (value + 0x7fff + (upper & 1)) >>> 16;
  }
  return halves;
}
