import { readFile } from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { choosePrecision, fastPrecision } from '../../src/engine/index.ts';
import { multipliesBfloat16 } from '../../src/engine/precision.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';
import { describeNative } from './nativeTests.ts';

test('fastPrecision knows float32 only on WebAssembly', async () => {
  await startWasmBackend();
  expect(fastPrecision()).toBe('fp32');
});

test.each([
  ['a Xeon with AMX', 'vendor_id\t: GenuineIntel\nflags\t: avx512f avx512_bf16 amx_bf16 amx_tile\n', true],
  ['a Xeon whose AMX is hidden', 'vendor_id\t: GenuineIntel\nflags\t: avx512f avx512_bf16\n', false],
  ['an EPYC with AVX512-BF16', 'vendor_id\t: AuthenticAMD\nflags\t: avx512f avx512_bf16\n', true],
  ['an EPYC without it', 'vendor_id\t: AuthenticAMD\nflags\t: avx2 fma\n', false],
  ['an unknown processor', '', false],
])('%s multiplies bfloat16 faster: %s', (_, processors, faster) => {
  expect(multipliesBfloat16(processors)).toBe(faster);
});

test.each(['fp32', 'bf16'] as const)('choosePrecision takes %s as it is', (precision) => {
  expect(choosePrecision(precision)).toBe(precision);
});

describeNative('fastPrecision on a CPU', () => {
  test('follows the processor', async () => {
    await tf.setBackend('tensorflow');
    const processors = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
    expect(fastPrecision()).toBe(multipliesBfloat16(processors) ? 'bf16' : 'fp32');
    expect(choosePrecision('auto')).toBe(fastPrecision());
  });
});
