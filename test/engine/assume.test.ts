import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { assume, compile } from '../../src/engine/index.ts';
import { describeEverywhere, take } from './nativeTests.ts';

describeEverywhere('a compiled function', (mode) => {
  test('follows what it assumed: it is recorded anew when that changes, and taken again when it is as before', () => {
    let [factor, calls] = [2, 0];
    const step = compile(
      (x: tf.Tensor) => {
        const before = factor;
        calls += 1;
        assume(() => factor === before);
        return tf.mul(x, factor);
      },
      { mode },
    );
    const results = [2, 5, 2, 5].map((value) => {
      factor = value;
      return take(step(tf.scalar(3)))[0];
    });
    expect(results).toEqual([6, 15, 6, 15]);
    if (mode !== 'eager' && tf.getBackend() === 'tensorflow') expect(calls).toBe(2);
    step.dispose();
  });

  test('assumes nothing when called outside of a recording', () => {
    let asked = 0;
    assume(() => {
      asked += 1;
      return true;
    });
    const step = compile((x: tf.Tensor) => tf.square(x), { mode });
    for (const value of [2, 3]) expect(take(step(tf.scalar(value)))).toEqual([value ** 2]);
    expect(asked).toBe(0);
    step.dispose();
  });
});
