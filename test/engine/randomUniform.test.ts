import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { compile, randomUniform, startEngine } from '../../src/engine/index.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';
import { describeNative } from './nativeTests.ts';

const seedOf = (a: number, b: number): tf.Tensor1D => tf.tensor1d([a, b], 'int32');
const SHAPE = [40, 50];

async function looksUniform(values: ArrayLike<number>): Promise<void> {
  const list = Array.from(values);
  expect(Math.min(...list)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...list)).toBeLessThan(1);
  // Mean 1/2 with a deviation of sqrt(1/12): five standard errors.
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / list.length));
}

describeNative('randomUniform', () => {
  beforeAll(async () => {
    await startEngine();
    await tf.setBackend('tensorflow');
  });

  test.each(['eager', 'graph', 'xla'] as const)('in mode %s follows its seed, not the call', async (mode) => {
    const draw = compile((seed: tf.Tensor) => randomUniform(SHAPE, seed as tf.Tensor1D), { mode });
    const first = await draw(seedOf(1, 2)).data();
    await looksUniform(first);
    expect(await draw(seedOf(1, 2)).data()).toEqual(first);
    expect(await draw(seedOf(1, 3)).data()).not.toEqual(first);
    draw.dispose();
  });
});

test('randomUniform on WebAssembly follows its seed', async () => {
  await startWasmBackend();
  await tf.setBackend('wasm');
  const first = await randomUniform(SHAPE, seedOf(1, 2)).data();
  await looksUniform(first);
  expect(await randomUniform(SHAPE, seedOf(1, 2)).data()).toEqual(first);
  expect(await randomUniform(SHAPE, seedOf(2, 2)).data()).not.toEqual(first);
});
