import { readFile } from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { fastPrecision } from '../../src/engine/index.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';
import { describeNative } from './nativeTests.ts';

test('fastPrecision knows float32 only on WebAssembly', async () => {
  await startWasmBackend();
  expect(fastPrecision()).toBe('fp32');
});

describeNative('fastPrecision on a CPU', () => {
  test('is bfloat16 where the processor has AMX', async () => {
    await tf.setBackend('tensorflow');
    const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
    expect(fastPrecision()).toBe(flags.split(/\s+/).includes('amx_bf16') ? 'bf16' : 'fp32');
  });
});
