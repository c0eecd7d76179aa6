import { expect, test } from 'vitest';

import { fromFloat16, toFloat16 } from '../../src/base/float16.ts';

const ALL = Uint16Array.from({ length: 0x1_0000 }, (_, i) => i);
const rounded = (...values: number[]): number[] => Array.from(toFloat16(Float32Array.from(values)));

test('decodes what IEEE 754 says: zeros, subnormal, normal, largest, infinite, not a number', () => {
  const bits = [0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
  expect(Array.from(fromFloat16(Uint16Array.from(bits)))).toEqual([
    0,
    -0,
    2 ** -24,
    -1023 * 2 ** -24,
    2 ** -14,
    1,
    -2,
    0.333251953125,
    65504,
    Infinity,
    -Infinity,
    NaN,
  ]);
});

test('all 65,536 come back as they were', () => {
  expect(toFloat16(fromFloat16(ALL))).toEqual(ALL);
});

test('encodes known values, those outside the range as zero and infinity', () => {
  expect(rounded(1 / 3, 0.1, Math.PI, -1000.3)).toEqual([0x3555, 0x2e66, 0x4248, 0xe3d1]);
  expect(rounded(65504, 65519.996, 65520, 1e30, Infinity)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00]);
  expect(rounded(-65520, -Infinity)).toEqual([0xfc00, 0xfc00]);
  expect(rounded(2 ** -24, 2 ** -25, 1.0001 * 2 ** -25, 2 ** -26, 2 ** -149, -(2 ** -149))).toEqual([
    1, 0, 1, 0, 0, 0x8000,
  ]);
  // The largest subnormal one and what rounds up to the smallest normal one.
  expect(rounded(1023 * 2 ** -24, 1023.5 * 2 ** -24, 1023.4 * 2 ** -24)).toEqual([0x3ff, 0x400, 0x3ff]);
});

test('rounds every value between two neighbours to the nearer one, the middle to the even one', () => {
  const positive = fromFloat16(ALL.subarray(0, 0x7c00));
  const middles = Float32Array.from(positive.subarray(1), (next, i) => (positive[i]! + next) / 2);
  const moved = (by: number): Float32Array =>
    new Float32Array(new Uint32Array(middles.slice().buffer).map((bits) => bits + by).buffer);
  const lower = ALL.subarray(0, 0x7bff);
  expect(toFloat16(middles)).toEqual(lower.map((half) => half + (half & 1)));
  expect(toFloat16(moved(-1))).toEqual(lower);
  expect(toFloat16(moved(1))).toEqual(lower.map((half) => half + 1));
  const negative = middles.map((middle) => -middle);
  expect(toFloat16(negative)).toEqual(lower.map((half) => 0x8000 | (half + (half & 1))));
});

test('a NaN whose mark would be cut off stays NaN', () => {
  expect(Array.from(toFloat16(new Float32Array(Uint32Array.of(0x7f80_0001, 0xff80_0001).buffer)))).toEqual([
    0x7e00, 0xfe00,
  ]);
});
