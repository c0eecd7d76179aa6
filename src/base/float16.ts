/** float16 (IEEE 754 binary16) to float32, exactly, NaN bit for bit. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++) {
    const half = halves[i]!;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 31) bits[i] = sign | 0x7f80_0000 | (fraction << 13);
    else if (exponent > 0) bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    else if (fraction > 0) {
      // Subnormal: float32 holds it as a normal number, its first digit before the point.
      const shift = Math.clz32(fraction) - 21;
      bits[i] = sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
    } else bits[i] = sign;
  }
  return new Float32Array(bits.buffer);
}

/** float32 to float16 (IEEE 754 binary16), rounded to nearest even; too large ones become infinite, NaN stays NaN. */
export function toFloat16(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < halves.length; i++) {
    const value = bits[i]!;
    halves[i] = ((value >>> 16) & 0x8000) | roundMagnitude(value & 0x7fff_ffff);
  }
  return halves;
}

/** The float16 bits of a float32's magnitude. */
function roundMagnitude(magnitude: number): number {
  if (magnitude > 0x7f80_0000) return 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  // From 65520 on, half-way between the largest float16 and 65536.
  if (magnitude >= 0x477f_f000) return 0x7c00;
  // From 2^-14 on, the smallest normal one: another exponent, 13 digits fewer.
  if (magnitude >= 0x3880_0000) return roundShift(magnitude - 0x3800_0000, 13);
  const shift = 126 - (magnitude >>> 23);
  return shift > 24 ? 0 : roundShift((magnitude & 0x7f_ffff) | 0x80_0000, shift);
}

/** `value` / 2^`shift`, rounded to nearest even. */
function roundShift(value: number, shift: number): number {
  return (value + (1 << (shift - 1)) - 1 + ((value >>> shift) & 1)) >>> shift;
}
