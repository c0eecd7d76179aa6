import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile, createParameter, engineMemory, updateSlice, whileLoop } from '../../src/engine/index.ts';
import { describeEverywhere, describeNative, take } from './nativeTests.ts';

describeEverywhere('whileLoop', (mode) => {
  test('repeats its body while the condition holds', () => {
    const double = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(tf.max(s.x), 100),
          (s) => ({ x: tf.mul(s.x, 2), steps: tf.add(s.steps, tf.scalar(1, 'int32')) }),
          { x, steps: tf.scalar(0, 'int32') },
        ),
      { mode },
    );
    const { x, steps } = double(tf.tensor1d([1, 3]));
    expect([take(x), take(steps)]).toEqual([[64, 192], [6]]);
    double.dispose();
  });

  test('runs no step when the condition fails at once', () => {
    const loop = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s, 0),
          (s) => tf.mul(s, 2),
          x,
        ),
      { mode },
    );
    const x = tf.scalar(5);
    expect(take(loop(x))).toEqual([5]);
    expect(take(x)).toEqual([5]);
    loop.dispose();
  });

  test('takes an integer as condition', () => {
    const down = compile(
      (n: tf.Tensor) =>
        whileLoop(
          (s) => s,
          (s) => tf.sub(s, tf.scalar(1, 'int32')),
          n,
        ),
      { mode },
    );
    expect(take(down(tf.scalar(3, 'int32')))).toEqual([0]);
    down.dispose();
  });

  // 3 elements are a constant inside, 5000 an argument that goes through the loop.
  test.each([3, 5000])('uses tensors of %i elements and parameters from outside', (length) => {
    const eager = tf.range(0, length);
    const bias = createParameter(tf.scalar(0.5), 'bias');
    const loop = compile(
      (x: tf.Tensor) => {
        const traced = tf.add(x, 1);
        return whileLoop(
          (s) => tf.less(s.step, tf.add(traced, bias.read())),
          (s) => ({ step: tf.add(s.step, 1), sum: tf.add(tf.add(s.sum, tf.mul(eager, traced)), bias.read()) }),
          { step: tf.scalar(0), sum: tf.zerosLike(eager) },
        );
      },
      { mode },
    );
    const { step, sum } = loop(tf.scalar(2));
    expect(take(step)).toEqual([4]);
    expect(take(sum).at(-1)).toBe(4 * ((length - 1) * 3 + 0.5));
    tf.dispose(eager);
    bias.dispose();
    loop.dispose();
  });

  test('sees what was assigned to a parameter before the loop', () => {
    const total = createParameter(tf.scalar(1), 'total');
    const loop = compile(
      (x: tf.Tensor) => {
        total.assign(tf.add(total.read(), x));
        total.assign(
          whileLoop(
            (s) => tf.less(s, 20),
            (s) => tf.add(s, total.read()),
            total.read(),
          ),
        );
        return total.read();
      },
      { mode },
    );
    expect(take(loop(tf.scalar(4)))).toEqual([20]);
    expect(take(total.read())).toEqual([20]);
    total.dispose();
    loop.dispose();
  });

  test('holds loops within loops', () => {
    const outside = tf.keep(tf.ones([2000]));
    const loop = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s.i, 3),
          (s) => {
            const inner = whileLoop(
              (t) => tf.less(t.j, s.i),
              (t) => ({ j: tf.add(t.j, 1), y: tf.add(t.y, outside) }),
              {
                j: tf.scalar(0),
                y: s.y,
              },
            );
            return { i: tf.add(s.i, 1), y: inner.y };
          },
          { i: x, y: tf.zeros([2000]) },
        ),
      { mode },
    );
    const { i, y } = loop(tf.scalar(0));
    expect([take(i)[0], take(y)[1999]]).toEqual([3, 3]);
    outside.dispose();
    loop.dispose();
  });

  test('leaves alone what its body returns unchanged', () => {
    const outside = tf.tensor1d([7, 8]);
    const loop = compile(
      (x: tf.Tensor) => {
        const traced = tf.mul(x, 2);
        const end = whileLoop(
          (s) => tf.less(s.i, 3),
          (s) => ({ i: tf.add(s.i, 1), a: traced, b: outside, kept: s.kept }),
          { i: tf.scalar(0), a: x, b: x, kept: x },
        );
        return { ...end, traced };
      },
      { mode },
    );
    for (let call = 0; call < 2; call++) {
      const { a, b, kept, traced } = loop(tf.tensor1d([1, 2]));
      expect([a, b, kept, traced].map(take)).toEqual([
        [2, 4],
        [7, 8],
        [1, 2],
        [2, 4],
      ]);
    }
    expect(take(outside)).toEqual([7, 8]);
    loop.dispose();
  });

  test('replaces one position after another with updateSlice', () => {
    const fill = compile(
      (rows: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s.i, tf.scalar(3, 'int32')),
          (s) => ({
            i: tf.add(s.i, tf.scalar(1, 'int32')),
            x: updateSlice(s.x, tf.reshape(tf.mul(tf.cast(s.i, 'float32'), rows), [2, 1]), 1, s.i),
            n: updateSlice(s.n, tf.reshape(s.i, [1]), 0, s.i),
          }),
          { i: tf.scalar(1, 'int32'), x: tf.zeros([2, 4]), n: tf.onesLike(tf.range(0, 4, 1, 'int32')) },
        ),
      { mode },
    );
    const { i, x, n } = fill(tf.tensor1d([1, 10]));
    expect([i, x, n].map(take)).toEqual([[3], [0, 1, 2, 0, 0, 10, 20, 0], [1, 1, 2, 1]]);
    fill.dispose();
  });

  test('refuses a state that changes, naming every change', () => {
    const grow = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s.n, 3),
          (s) => ({ n: tf.add(s.n, 1), x: tf.concat([s.x, s.x]), y: tf.cast(s.y, 'int32') }),
          { n: tf.scalar(0), x, y: x },
        ),
      { mode },
    );
    expect(() => grow(tf.tensor1d([1, 2]))).toThrow(
      'whileLoop: tensor 1 is float32[2] before the step and float32[4] after it; tensor 2 is float32[2] before the step ' +
        'and int32[2] after it. Return a state of the same form, shapes and types.',
    );
  });

  test('refuses a condition that is not one bool', () => {
    const loop = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s, 3),
          (s) => tf.add(s, 1),
          x,
        ),
      { mode },
    );
    expect(() => loop(tf.tensor1d([1, 2]))).toThrow(
      'whileLoop: the condition must return one bool or int32, got bool[2]. Reduce it with tf.all or tf.any.',
    );
  });

  test('refuses to assign a parameter inside', () => {
    const total = createParameter(tf.scalar(1), 'total');
    const loop = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(s, 3),
          (s) => {
            total.assign(s);
            return tf.add(s, 1);
          },
          x,
        ),
      { mode },
    );
    expect(() => loop(tf.scalar(0))).toThrow(
      'Parameter total is assigned inside whileLoop. Return the new value as loop state instead.',
    );
    total.assign(tf.scalar(2));
    expect(take(total.read())).toEqual([2]);
    total.dispose();
  });

  test('refuses to be differentiated, rather than being left out', () => {
    const slope = compile(
      (x: tf.Tensor) =>
        tf.grad((y: tf.Tensor) =>
          whileLoop(
            (s) => tf.less(s, 3),
            (s) => tf.mul(s, 2),
            y,
          ),
        )(x),
      { mode },
    );
    expect(() => slope(tf.scalar(1))).toThrow('whileLoop: a loop has no gradient. Call it outside tf.grad');
  });

  test('frees what its steps make, also when one of them fails', () => {
    const loop = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(tf.max(s), 100),
          (s) => tf.add(tf.mul(s, 2), 1),
          x,
        ),
      { mode },
    );
    const broken = compile(
      (x: tf.Tensor) =>
        whileLoop(
          (s) => tf.less(tf.max(s), 100),
          (s) => {
            tf.mul(s, 2);
            throw new Error('on purpose');
          },
          x,
        ),
      { mode },
    );
    const x = tf.tensor1d([1, 2]);
    take(loop(x));
    const before = [tf.memory().numTensors, engineMemory()];
    for (let i = 0; i < 3; i++) {
      take(loop(x));
      expect(() => broken(x)).toThrow('on purpose');
    }
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
    x.dispose();
    loop.dispose();
  });
});

describeNative('whileLoop on TensorFlow', () => {
  test('multiplies in bfloat16 with weights from outside', () => {
    const weights = tf.mul(tf.randomNormal([64, 64], 0, 1, 'float32', 3), 0.1);
    const loop = (mode: 'graph' | 'xla', bf16: boolean): number[] => {
      const compiled = compile(
        (x: tf.Tensor) => {
          const scaled = tf.mul(weights, 1.5);
          return whileLoop(
            (s) => tf.less(s.i, 3),
            (s) => ({ i: tf.add(s.i, 1), x: tf.matMul(tf.matMul(s.x, weights), scaled) }),
            { i: tf.scalar(0), x },
          ).x;
        },
        { mode, bf16 },
      );
      const result = take(compiled(tf.ones([2, 64])));
      compiled.dispose();
      return result;
    };
    const exact = loop('graph', false);
    const largest = Math.max(...exact.map(Math.abs));
    for (const mode of ['graph', 'xla'] as const) {
      const error = Math.max(...loop(mode, true).map((value, i) => Math.abs(value - exact[i]!)));
      // Six products in a row; each adds about 3 x 2^-8 of the size of its terms at worst, far less when they cancel.
      expect(error).toBeGreaterThan(1e-5 * largest);
      expect(error).toBeLessThan(6 * 3 * 2 ** -8 * largest);
    }
    weights.dispose();
  });
});
