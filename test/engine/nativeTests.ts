import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect } from 'vitest';

import { startEngine, type CompileMode } from '../../src/engine/index.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';

/**
 * `describe` for what needs the native library: fails without it. With `NASHTUNE_NATIVE=off` it does not run, and one line
 * says what was not tested.
 */
export function describeNative(name: string, tests: () => void): void {
  if (process.env.NASHTUNE_NATIVE === 'off') {
    process.stdout.write(`Not tested, because NASHTUNE_NATIVE=off: ${name}\n`);
    describe.skip(name, tests);
    return;
  }
  describe(name, () => {
    beforeAll(async () => {
      const engine = await startEngine({ device: 'cpu' });
      expect(engine.backend).toBe('tensorflow');
      await tf.setBackend('tensorflow');
    });
    tests();
  });
}

/** The same tests in every way that a compiled function may run, WebAssembly included. */
export function describeEverywhere(name: string, tests: (mode: CompileMode) => void): void {
  describeNative(`${name}, on TensorFlow`, () => {
    describe.each(['eager', 'graph', 'xla'] as const)('mode %s', (mode) => tests(mode));
  });
  describe(`${name}, on WebAssembly`, () => {
    beforeAll(async () => {
      const before = tf.getBackend();
      await startWasmBackend();
      return async () => void (await tf.setBackend(before));
    });
    tests('xla');
  });
}

/** A tensor's numbers; frees it. */
export function take(tensor: tf.Tensor): number[] {
  const numbers = [...tensor.dataSync()];
  tensor.dispose();
  return numbers;
}
