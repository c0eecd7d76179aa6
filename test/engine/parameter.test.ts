import { readFileSync, writeFileSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';

import { fromBfloat16, toBfloat16 } from '../../src/base/bfloat16.ts';
import {
  compile,
  createBfloat16Parameter,
  createParameter,
  engineMemory,
  parameterBytes,
  whileLoop,
  type Parameter,
} from '../../src/engine/index.ts';
import { DT } from '../../src/engine/native/dtypes.ts';
import { Recording } from '../../src/engine/native/recording.ts';
import { describeEverywhere, describeNative, take } from './nativeTests.ts';

const parameterOf = (values: number[], name = 'weight'): Parameter => createParameter(tf.tensor1d(values), name);

describeEverywhere('a parameter', (mode) => {
  test('is read and assigned outside and inside compiled functions', () => {
    const weight = parameterOf([1, 2]);
    const grow = compile(
      (x: tf.Tensor) => {
        weight.assign(tf.add(weight.read(), x));
        return tf.sum(weight.read());
      },
      { mode },
    );
    expect(take(grow(tf.scalar(1)))).toEqual([5]);
    weight.assign(tf.tensor1d([10, 20]));
    expect(take(grow(tf.scalar(1)))).toEqual([32]);
    expect(take(weight.read())).toEqual([11, 21]);
    weight.dispose();
    grow.dispose();
  });

  test('gives what it held when it was read, whatever is assigned later', () => {
    const weight = parameterOf([1, 2]);
    const swap = compile(
      (x: tf.Tensor) => {
        const old = weight.read();
        weight.assign(tf.mul(x, 100));
        const middle = weight.read();
        weight.assign(x);
        return [old, middle];
      },
      { mode },
    );
    let expected = [1, 2];
    for (let i = 0; i < 20; i++) {
      const before = weight.read();
      const x = tf.tensor1d([i, -i]);
      const [old, middle] = swap(x) as [tf.Tensor, tf.Tensor];
      expect(take(old)).toEqual(expected);
      expect(take(middle)).toEqual([100 * i, -100 * i]);
      expect(take(before)).toEqual(expected);
      expected = take(x);
      expect(take(weight.read())).toEqual(expected);
    }
    weight.dispose();
    swap.dispose();
  });

  test('exchanges values with another one', () => {
    const [a, b] = [parameterOf([1], 'a'), parameterOf([2], 'b')];
    const exchange = compile(
      () => {
        const [left, right] = [a.read(), b.read()];
        a.assign(right);
        b.assign(left);
        return tf.scalar(0);
      },
      { mode },
    );
    for (let i = 0; i < 3; i++) tf.dispose(exchange());
    expect([take(a.read()), take(b.read())]).toEqual([[2], [1]]);
    a.dispose();
    b.dispose();
    exchange.dispose();
  });

  test('is differentiated through', () => {
    const weight = parameterOf([3, 4]);
    const slopes = compile(
      (x: tf.Tensor) => tf.grad((w: tf.Tensor) => tf.sum(tf.mul(tf.square(w), x)))(weight.read()),
      { mode },
    );
    expect(take(slopes(tf.scalar(2)))).toEqual([12, 16]);
    weight.dispose();
    slopes.dispose();
  });

  test('takes only values of its type and shape', () => {
    expect(() => createParameter(tf.tensor1d([1, 2], 'int32'), 'w')).toThrow(
      'Parameter w must be float32, got int32. Cast it with tf.cast first.',
    );
    const weight = parameterOf([1, 2]);
    const assign = compile(
      (x: tf.Tensor) => {
        weight.assign(x);
        return x;
      },
      { mode },
    );
    for (const put of [(x: tf.Tensor) => weight.assign(x), assign]) {
      expect(() => put(tf.tensor1d([1, 2, 3]))).toThrow(
        'Parameter weight has shape [2], got a value of shape [3]. Assign a value of the same shape.',
      );
      expect(() => put(tf.tensor1d([1, 2], 'int32'))).toThrow(
        'Parameter weight is float32, got a value of type int32. Cast it with tf.cast.',
      );
    }
    expect(take(weight.read())).toEqual([1, 2]);
    weight.dispose();
  });

  test('counts its bytes until it is disposed, and is then refused', () => {
    const before = parameterBytes();
    const weight = parameterOf([1, 2, 3]);
    expect(parameterBytes() - before).toBe(12);
    const step = compile((x: tf.Tensor) => tf.add(weight.read(), x), { mode });
    take(step(tf.scalar(1)));
    weight.dispose();
    weight.dispose();
    expect(parameterBytes()).toBe(before);
    expect(() => weight.read()).toThrow(
      'Parameter weight was disposed and is used again. Dispose it after its last use.',
    );
    expect(() => weight.assign(tf.tensor1d([1, 2, 3]))).toThrow('Parameter weight was disposed');
    expect(() => step(tf.scalar(1))).toThrow(
      mode === 'eager' || tf.getBackend() === 'wasm'
        ? 'Parameter weight was disposed'
        : /weight#\d+.* A parameter that it uses was disposed: dispose the compiled function first\.$/,
    );
    step.dispose();
  });

  test('leaves its initial value to the caller', () => {
    const initial = tf.tensor1d([1, 2]);
    const weight = createParameter(initial, 'weight');
    weight.assign(tf.tensor1d([3, 4]));
    expect(take(initial)).toEqual([1, 2]);
    weight.dispose();
  });
});

describeEverywhere('a frozen parameter', (mode) => {
  test('is read like any other and keeps its value', () => {
    const weight = createParameter(tf.tensor1d([1, 2]), 'weight', { frozen: true });
    const other = parameterOf([1]);
    expect([weight.frozen, other.frozen]).toEqual([true, false]);
    other.dispose();
    const change = compile(
      (x: tf.Tensor) => {
        weight.assign(x);
        return x;
      },
      { mode },
    );
    for (const put of [(x: tf.Tensor) => weight.assign(x), change]) {
      expect(() => put(tf.tensor1d([3, 4]))).toThrow(
        'Parameter weight is frozen and keeps its value. Load its model without { frozen: true }.',
      );
    }
    expect(take(weight.read())).toEqual([1, 2]);
    weight.dispose();
  });
});

/** The step after `i`, as int32: with a plain number it would become float32. */
const next = (i: tf.Tensor): tf.Tensor => tf.add(i, tf.scalar(1, 'int32'));

/** Every bfloat16 but infinities and NaN. */
const FINITE = Uint16Array.from({ length: 0x1_0000 }, (_, i) => i).filter((bits) => (bits & 0x7f80) !== 0x7f80);

describeEverywhere('a parameter in bfloat16', (mode) => {
  test('reads every value as the float32 that it is, outside and inside compiled functions', () => {
    const weight = createBfloat16Parameter(FINITE, [2, FINITE.length / 2], 'weight');
    const read = compile(() => weight.read(), { mode });
    for (const value of [weight.read(), read()]) {
      expect([value.dtype, value.shape]).toEqual(['float32', [2, FINITE.length / 2]]);
      expect(Float32Array.from(take(value))).toEqual(fromBfloat16(FINITE));
    }
    weight.dispose();
    read.dispose();
  });

  test('keeps its value', () => {
    const weight = createBfloat16Parameter(toBfloat16(Float32Array.of(1, 2)), [2], 'weight');
    expect(weight.frozen).toBe(true);
    expect(() => weight.assign(tf.tensor1d([3, 4]))).toThrow('Parameter weight is frozen and keeps its value.');
    weight.dispose();
  });

  test('takes as many values as its shape holds', () => {
    expect(() => createBfloat16Parameter(new Uint16Array(3), [2, 2], 'weight')).toThrow(
      'Parameter weight of shape [2, 2] needs 4 values, got 3.',
    );
  });

  test('counts two bytes a value, four on the portable backend, until it is disposed', () => {
    const before = [tf.memory().numTensors, engineMemory()];
    const weight = createBfloat16Parameter(new Uint16Array(300), [3, 100], 'weight');
    const bytes = tf.getBackend() === 'wasm' ? 1200 : 600;
    expect(parameterBytes() - (before[1] as { parameterBytes: number }).parameterBytes).toBe(bytes);
    const step = compile((x: tf.Tensor) => tf.matMul(weight.read(), x), { mode });
    for (let i = 0; i < 10; i++) {
      take(weight.read());
      tf.tidy(() => take(step(tf.ones([100, 2]))));
    }
    step.dispose();
    weight.dispose();
    weight.dispose();
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
    expect(() => weight.read()).toThrow('Parameter weight was disposed and is used again.');
  });

  test.each([false, true])('computes what its values in float32 compute, in loops too (bf16: %s)', (bf16) => {
    const bits = toBfloat16(Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)));
    const stored = createBfloat16Parameter(bits, [8, 8], 'stored');
    const plain = createParameter(tf.tensor2d(fromBfloat16(bits), [8, 8]), 'plain');
    const results = [stored, plain].map((weight) => {
      const outcome = compile(
        (x: tf.Tensor) => {
          const outside = weight.read();
          const slope = tf.grad((y: tf.Tensor) => tf.sum(tf.square(tf.matMul(y, weight.read()))))(x);
          const start = { i: tf.scalar(0, 'int32'), x: tf.matMul(x, outside, false, true) };
          const { x: last } = whileLoop(
            (s) => tf.less(s.i, 3),
            (s) => {
              const rows = tf.gather(weight.read(), tf.stack([s.i, next(s.i)]));
              return { i: next(s.i), x: tf.add(tf.matMul(s.x, outside), tf.matMul(rows, weight.read())) };
            },
            start,
          );
          return [slope, last, tf.gather(outside, tf.tensor1d([7, 0, 7], 'int32')), tf.sum(outside)];
        },
        { mode, bf16 },
      );
      const values = (outcome(tf.ones([2, 8])) as tf.Tensor[]).map(take);
      outcome.dispose();
      weight.dispose();
      return values;
    });
    expect(results[0]).toEqual(results[1]);
  });
});

/** Peak memory of this process in bytes. */
const peakBytes = (): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;

/** Makes the peak start again from what the process holds now, in bytes. */
function restartPeak(): number {
  writeFileSync('/proc/self/clear_refs', '5');
  return peakBytes();
}

function makeParameter(value: number, size: number, name: string): Parameter {
  const initial = tf.tidy(() => tf.mul(tf.ones([size, 64]), value));
  const parameter = createParameter(initial, name);
  initial.dispose();
  return parameter;
}

/** A training step with weights, moments and gradients: parameters only, and one number out. */
function trainingStep(sizes: readonly number[], mode: 'graph' | 'xla') {
  const parameters = sizes.map((size, i) => ({
    weight: makeParameter(0.01, size, `weight${i}`),
    moment: makeParameter(0, size, `moment${i}`),
  }));
  const step = compile(
    (x: tf.Tensor, rate: tf.Tensor) => {
      const weights = parameters.map(({ weight }) => weight.read());
      const loss = (...ws: tf.Tensor[]): tf.Scalar =>
        tf.addN(ws.map((w) => tf.mean(tf.square(tf.matMul(w, x))))) as tf.Scalar;
      const { value, grads } = tf.valueAndGrads(loss)(weights);
      parameters.forEach(({ weight, moment }, i) => {
        const next = tf.add(tf.mul(moment.read(), 0.9), grads[i]!);
        moment.assign(next);
        weight.assign(tf.sub(weight.read(), tf.mul(next, rate)));
      });
      return value;
    },
    { mode },
  );
  const dispose = (): void => {
    for (const { weight, moment } of parameters) {
      weight.dispose();
      moment.dispose();
    }
    step.dispose();
  };
  return { step, dispose };
}

describeNative('parameters on TensorFlow', () => {
  test('in bfloat16 go into products as they are', () => {
    const cast = vi.spyOn(Recording.prototype, 'cast');
    const weight = createBfloat16Parameter(new Uint16Array(64), [8, 8], 'weight');
    const step = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s.i, 3),
          (s) => ({ i: next(s.i), x: tf.matMul(tf.matMul(s.x, weight.read()), weight.read(), false, true) }),
          { i: tf.scalar(0, 'int32'), x: tf.matMul(x, weight.read()) },
        ).x,
      { bf16: true },
    );
    tf.tidy(() => take(step(tf.ones([2, 8]))));
    const toBf16 = cast.mock.calls.filter(([, dtype]) => dtype === DT.BFLOAT16);
    // The left factors of the three products, but for the one that is a product, and is in bfloat16 already.
    expect(toBf16).toHaveLength(2);
    cast.mockRestore();
    step.dispose();
    weight.dispose();
  });

  test.skipIf(process.platform !== 'linux').each(['graph', 'xla'] as const)(
    'in bfloat16 give single rows without a float32 copy of the table (mode %s)',
    (mode) => {
      const shape = [2 ** 19, 64];
      const table = createBfloat16Parameter(new Uint16Array(2 ** 25), shape, 'table');
      const rows = compile(
        (ids: tf.Tensor) =>
          whileLoop(
            (s) => tf.less(s.i, 2),
            (s) => ({ i: next(s.i), x: tf.add(s.x, tf.gather(table.read(), ids as tf.Tensor1D)) }),
            { i: tf.scalar(0, 'int32'), x: tf.gather(table.read(), ids as tf.Tensor1D) },
          ).x,
        { mode },
      );
      const start = restartPeak();
      tf.tidy(() => take(rows(tf.tensor1d([1, 2, 3], 'int32'))));
      // The table in float32 takes 128 MB, some of which the process may hold already.
      expect(peakBytes() - start).toBeLessThan(2 ** 24);
      rows.dispose();
      table.dispose();
    },
  );

  test.each(['graph', 'xla'] as const)('a thousand steps leave no tensor and no handle behind (mode %s)', (mode) => {
    const { step, dispose } = trainingStep([8, 16, 24], mode);
    const run = (): number => tf.tidy(() => step(tf.ones([64, 4]), tf.scalar(0.01)).dataSync()[0]!);
    const first = run();
    const before = [tf.memory().numTensors, engineMemory()];
    let last = first;
    for (let i = 0; i < 1000; i++) last = run();
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
    expect(last).toBeLessThan(first);
    dispose();
    expect(parameterBytes()).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')('are updated by XLA in place, without a second copy', () => {
    // Eight pairs of 8 MB: 128 MB in all.
    const { step, dispose } = trainingStep(
      Array.from({ length: 8 }, () => 32_768),
      'xla',
    );
    const bytes = parameterBytes();
    expect(bytes).toBe(128 * 2 ** 20);
    const run = (): void => tf.tidy(() => void step(tf.ones([64, 4]), tf.scalar(0.01)).dataSync());
    const start = restartPeak();
    run();
    const peak = peakBytes();
    // The gradients take half of the bytes, compilation as much; a second copy would take all of them on top.
    expect(peak - start).toBeLessThan(1.5 * bytes);
    const handles = engineMemory();
    for (let i = 0; i < 40; i++) run();
    expect(engineMemory()).toEqual(handles);
    expect(peakBytes() - peak).toBeLessThan(bytes / 4);
    dispose();
  });
});
