import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile, fusedLayerNorm, fusedLinear } from '../../src/engine/index.ts';
import { nativeState } from '../../src/engine/state.ts';
import { describeNative } from './nativeTests.ts';
import { runScript } from './runScript.ts';

const [ROWS, INPUTS, OUTPUTS] = [24, 40, 17] as const;

const normal = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
const gelu = (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2));
const toBfloat16 = (x: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!;
  const rounded = (bits + 0x7f_ff + ((bits >>> 16) & 1)) & 0xff_ff_00_00;
  return new Float32Array(Uint32Array.of(rounded).buffer)[0]!;
};

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Without oneDNN these operations are not there, as on arm64 and older processors: skips the test, and says so. */
function needs(has: boolean | undefined, skip: (note: string) => void): void {
  if (!has) skip('TensorFlow does not use oneDNN for this type here');
}

/** Abramowitz and Stegun 1964, Eq. 7.1.5; 1 to 10 digits from 5 on, where the sum would cancel. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describeNative('a fused linear map', () => {
  test.for([undefined, 'GeluExact'] as const)(
    'rounds its factors, and its result once (activation: %s)',
    (activation, { skip }) => {
      needs(nativeState()?.oneDnnBfloat16, skip);
      const [x, weight, bias] = [normal([ROWS, INPUTS], 1), normal([OUTPUTS, INPUTS], 2), normal([OUTPUTS], 3)];
      const map = compile(
        (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
          fusedLinear(a as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, activation)!,
        { mode: 'graph', bf16: true },
      );
      const given = map(x, weight, bias).arraySync();
      const [rows, maps, shifts] = [x, weight, bias].map((tensor) => tensor.arraySync()) as [
        number[][],
        number[][],
        number[],
      ];
      given.forEach((row, i) =>
        row.forEach((value, j) => {
          const product = rows[i]!.reduce((sum, a, k) => sum + toBfloat16(a) * toBfloat16(maps[j]![k]!), 0);
          const exact = product + toBfloat16(shifts[j]!);
          const wanted = activation ? gelu(exact) : exact;
          // Half a unit in the last of 8 bits, and float32's sums.
          expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 2 ** -8 + 1e-4);
          expect(toBfloat16(value)).toBe(value);
        }),
      );
      map.dispose();
      tf.dispose([x, weight, bias]);
    },
  );

  test('is left to the caller in fp32, under XLA, outside of compiled functions and where gradients pass', () => {
    const [x, weight, bias] = [tf.ones([2, 3]), tf.ones([4, 3]), tf.ones([4])] as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
    ];
    const isComposed = (): boolean => fusedLinear(x, weight, bias) === null;
    expect(isComposed()).toBe(true);
    const seen: boolean[] = [];
    const run = (options: { mode: 'graph' | 'xla'; bf16: boolean }, fn: (y: tf.Tensor) => tf.Tensor): void => {
      const step = compile(fn, options);
      step(x).dispose();
      step.dispose();
    };
    const noted = (y: tf.Tensor): tf.Tensor => {
      seen.push(isComposed());
      return tf.square(y);
    };
    run({ mode: 'graph', bf16: false }, noted);
    run({ mode: 'xla', bf16: true }, noted);
    run({ mode: 'graph', bf16: true }, (y) => tf.grad((z: tf.Tensor) => tf.sum(noted(z)))(y));
    expect(seen).toEqual([true, true, true]);
    tf.dispose([x, weight, bias]);
  });
});

describeNative('without oneDNN', () => {
  test('fused operations are left to the caller', async ({ skip }) => {
    needs(nativeState()?.oneDnnBfloat16, skip);
    const script = `
      import * as tf from '@tensorflow/tfjs-core';
      import { compile, fusedLayerNorm, fusedLinear, startEngine } from './src/engine/index.ts';
      await startEngine({ device: 'cpu' });
      const found = [];
      const step = compile((x, n) => {
        found.push(fusedLinear(x, x, n), fusedLayerNorm(tf.expandDims(x, 0), n, n, 1e-5));
        return tf.matMul(x, x);
      }, { mode: 'graph', bf16: true });
      step(tf.ones([4, 4]), tf.ones([4]));
      console.log(JSON.stringify(found.map((made) => made === null)));`;
    const results = ['0', '1'].map((wanted) => runScript(script, { TF_ENABLE_ONEDNN_OPTS: wanted }));
    const [without, withIt] = await Promise.all(results);
    expect(without!.stdout.trim(), without!.stderr).toBe('[true,true]');
    expect(withIt!.stdout.trim(), withIt!.stderr).toBe('[false,false]');
  });
});

describeNative('a fused layer normalization', () => {
  test('is (x - mean) / sqrt(variance + epsilon) times weight plus bias', ({ skip }) => {
    needs(nativeState()?.oneDnn, skip);
    const epsilon = 1e-3;
    const [x, weight, bias] = [normal([2, ROWS, INPUTS], 1), normal([INPUTS], 2), normal([INPUTS], 3)];
    const norm = compile(
      (a: tf.Tensor, w: tf.Tensor, b: tf.Tensor) =>
        fusedLayerNorm(a as tf.Tensor3D, w as tf.Tensor1D, b as tf.Tensor1D, epsilon)!,
      { mode: 'graph' },
    );
    const given = norm(x, weight, bias).arraySync();
    const [texts, scales, shifts] = [x, weight, bias].map((t) => t.arraySync()) as [number[][][], number[], number[]];
    texts.flat().forEach((row, i) => {
      const middle = mean(row);
      const spread = Math.sqrt(mean(row.map((v) => (v - middle) ** 2)) + epsilon);
      row.forEach((value, j) => {
        const wanted = ((value - middle) / spread) * scales[j]! + shifts[j]!;
        expect(given.flat()[i]![j]).toBeCloseTo(wanted, 5);
      });
    });
    norm.dispose();
    tf.dispose([x, weight, bias]);
  });

  test('is left to the caller outside of compiled functions', () => {
    const ones = tf.ones([3]) as tf.Tensor1D;
    const x = tf.ones([1, 2, 3]) as tf.Tensor3D;
    expect(fusedLayerNorm(x, ones, ones, 1e-5)).toBeNull();
    tf.dispose([ones, x]);
  });
});
