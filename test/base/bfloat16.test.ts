import { expect, test } from 'vitest';

import { fromBfloat16, toBfloat16 } from '../../src/base/bfloat16.ts';

const ALL = Uint16Array.from({ length: 0x1_0000 }, (_, i) => i);
const rounded = (...values: number[]): number[] => Array.from(fromBfloat16(toBfloat16(Float32Array.from(values))));

test('values are the upper halves of float32', () => {
  const bits = Uint16Array.of(0x3f80, 0xbf80, 0x8000, 0x7f80, 0x0001);
  expect(Array.from(fromBfloat16(bits))).toEqual([1, -1, -0, Infinity, 2 ** -133]);
});

test('all 65,536 come back as they were', () => {
  expect(toBfloat16(fromBfloat16(ALL))).toEqual(ALL);
});

test('rounds to the nearest value, ties to the even one, too large ones to infinity', () => {
  const step = 2 ** -7;
  expect(rounded(1 + 0.4 * step, 1 + 0.5 * step, 1 + 1.5 * step, 1 + 0.51 * step, -1 - 1.5 * step, 3.4e38)).toEqual([
    1,
    1,
    1 + 2 * step,
    1 + step,
    -1 - 2 * step,
    Infinity,
  ]);
});

test('a NaN whose mark would be cut off stays NaN', () => {
  expect(Array.from(toBfloat16(new Float32Array(Uint32Array.of(0x7f80_0001, 0xff80_0001).buffer)))).toEqual([
    0x7fc0, 0xffc0,
  ]);
});
