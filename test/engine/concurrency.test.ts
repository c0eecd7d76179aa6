import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { concurrency, startEngine } from '../../src/engine/index.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';
import { describeNative } from './nativeTests.ts';

test('one function runs at a time on WebAssembly', async () => {
  await startWasmBackend();
  expect(concurrency()).toBe(1);
});

describeNative('functions beside one another on a CPU', () => {
  test('are two at most, and no more than the engine has threads', async () => {
    const { threads } = await startEngine({ device: 'cpu' });
    await tf.setBackend('tensorflow');
    expect(concurrency()).toBe(threads === 1 ? 1 : 2);
  });
});
