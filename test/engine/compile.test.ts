import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile, createParameter, engineMemory } from '../../src/engine/index.ts';
import { describeEverywhere, describeNative, take } from './nativeTests.ts';

describeEverywhere('compile', (mode) => {
  test('computes what the function computes', () => {
    const step = compile((x: tf.Tensor) => tf.sum(tf.square(x)), { mode });
    expect(take(step(tf.tensor1d([1, 2])))).toEqual([5]);
    step.dispose();
  });

  test('takes and returns trees of tensors', () => {
    const step = compile(
      ({ a, rest }: { a: tf.Tensor; rest: tf.Tensor[] }) => ({ sums: rest.map((b) => tf.add(a, b)), a }),
      { mode },
    );
    const { sums, a } = step({ a: tf.scalar(1), rest: [tf.scalar(2), tf.scalar(3)] });
    expect([...sums.map(take), take(a)]).toEqual([[3], [4], [1]]);
    step.dispose();
  });

  test('differentiates inside the function', () => {
    const slope = compile((x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(tf.mul(tf.square(y), y)))(x), { mode });
    expect(take(slope(tf.tensor1d([1, 2])))).toEqual([3, 12]);
    slope.dispose();
  });

  test('is differentiated as part of what calls it', () => {
    const square = compile((x: tf.Tensor) => tf.square(x), { mode });
    const slope = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(square(x), x)))(tf.tensor1d([1, 2]));
    expect(take(slope)).toEqual([3, 12]);
    square.dispose();
  });

  test('runs as part of a compiled function that calls it', () => {
    const inner = compile((x: tf.Tensor) => tf.mul(x, 2), { mode });
    const outer = compile((x: tf.Tensor) => tf.add(inner(x), 1), { mode });
    expect(take(outer(tf.scalar(3)))).toEqual([7]);
    expect(inner.traceSeconds).toBe(0);
    outer.dispose();
  });

  test('leaves its arguments and what it uses from outside to the caller', () => {
    const outside = tf.tensor1d([1, 2]);
    const both = compile((x: tf.Tensor) => [x, outside], { mode });
    for (let call = 0; call < 2; call++) {
      const argument = tf.tensor1d([3, 4]);
      const [first, second] = both(argument) as [tf.Tensor, tf.Tensor];
      tf.dispose([first, second]);
      expect(take(argument)).toEqual([3, 4]);
    }
    expect(take(outside)).toEqual([1, 2]);
    both.dispose();
  });

  test('frees what the function makes, also inside tf.tidy', () => {
    const step = compile((x: tf.Tensor) => tf.exp(tf.add(tf.mul(x, 2), 1)), { mode });
    const x = tf.tensor1d([1, 2]);
    tf.dispose(step(x));
    const before = [tf.memory().numTensors, engineMemory()];
    tf.tidy(() => void step(x));
    tf.dispose(step(x));
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
    x.dispose();
    step.dispose();
  });

  test('refuses arguments and results that are no tensors', () => {
    const step = compile((x: tf.Tensor) => tf.square(x), { mode });
    const wrong = compile(() => 3 as unknown as tf.Tensor, { mode });
    expect(() => wrong()).toThrow(
      'consist of tensors in arrays and plain objects, got the number 3. Make a tensor of it',
    );
    const make = (value: unknown) => () => step(value as tf.Tensor);
    if (mode !== 'eager' && tf.getBackend() === 'tensorflow') {
      expect(make(3)).toThrow('got the number 3');
      expect(make(undefined)).toThrow('got undefined');
      expect(make(new Float32Array(2))).toThrow('got an instance of Float32Array');
    }
  });

  test('refuses an asynchronous function, whose shapes would depend on values', () => {
    const step = compile((x: tf.Tensor) => tf.booleanMaskAsync(x, tf.greater(x, 0)) as unknown as tf.Tensor, { mode });
    expect(() => step(tf.tensor1d([1, -1]))).toThrow(/returned a promise.*use a mask \(tf\.where, tf\.mul\) instead/);
  });

  test('runs asynchronous calls one at a time, in order', async () => {
    const total = createParameter(tf.scalar(1), 'total');
    const double = compile(
      () => {
        total.assign(tf.mul(total.read(), 2));
        return total.read();
      },
      { mode },
    );
    const increase = compile(
      (x: tf.Tensor) => {
        total.assign(tf.add(total.read(), x));
        return total.read();
      },
      { mode },
    );
    const one = tf.scalar(1);
    const results = await Promise.all([double.async(), increase.async(one), double.async(), increase.async(one)]);
    expect(results.map(take)).toEqual([[2], [3], [6], [7]]);
    total.dispose();
    double.dispose();
    increase.dispose();
  });

  test('goes on after an asynchronous call that failed', async () => {
    const broken = compile(
      (): tf.Tensor => {
        throw new Error('on purpose');
      },
      { mode },
    );
    const fine = compile((x: tf.Tensor) => tf.add(x, 1), { mode });
    const one = tf.scalar(1);
    const failure = broken.async();
    const success = fine.async(one);
    await expect(failure).rejects.toThrow('on purpose');
    expect(take(await success)).toEqual([2]);
    fine.dispose();
  });
});

describeNative('compile on TensorFlow', () => {
  test('records once for each form, shape and type of the arguments', () => {
    let recordings = 0;
    const step = compile((x: tf.Tensor) => {
      recordings++;
      return tf.add(x, x);
    });
    const calls: [tf.Tensor, number][] = [
      [tf.tensor1d([1, 2]), 1],
      [tf.tensor1d([3, 4]), 1],
      [tf.tensor1d([1, 2, 3]), 2],
      [tf.tensor1d([1, 2], 'int32'), 3],
      [tf.tensor2d([[1, 2]]), 4],
      [tf.tensor1d([5, 6]), 4],
    ];
    for (const [x, expected] of calls) {
      expect(take(step(x))).toEqual([...x.dataSync()].map((value) => 2 * value));
      expect(recordings).toBe(expected);
    }
    expect(step.traceSeconds).toBeGreaterThan(0);
    step.dispose();
    expect(take(step(tf.scalar(1)))).toEqual([2]);
    expect(recordings).toBe(5);
    step.dispose();
  });

  // Up to 4096 bytes a tensor becomes a constant of the function, beyond that an argument.
  test.each([3, 5000])('keeps a tensor of %i elements from outside, though it is disposed there', (length) => {
    const outside = tf.range(0, length);
    const sum = compile((x: tf.Tensor) => tf.sum(tf.mul(x, outside)));
    const expected = (length * (length - 1)) / 2;
    expect(take(sum(tf.scalar(1)))).toEqual([expected]);
    outside.dispose();
    expect(take(sum(tf.scalar(2)))).toEqual([2 * expected]);
    const { tensors } = engineMemory();
    sum.dispose();
    // The function held the large one, and nothing else.
    expect(tensors - engineMemory().tensors).toBe(length === 5000 ? 1 : 0);
  });

  test('says so when values are read while there are none', () => {
    const step = compile((x: tf.Tensor) => tf.scalar(tf.add(x, 1).dataSync()[0]!));
    expect(() => step(tf.scalar(1))).toThrow(
      'compile: the function reads the values of a tensor (dataSync, data, arraySync or print) while it is being ' +
        'recorded, when tensors have no values yet. Return the tensor and read it outside.',
    );
  });

  test('says so when a shape depends on values', () => {
    const step = compile((x: tf.Tensor) => tf.unique(x as tf.Tensor1D).values);
    expect(() => step(tf.tensor1d([1, 1]))).toThrow(
      'compile: the result of UniqueV2 has a shape that depends on values, and a compiled function needs fixed shapes. ' +
        'Use a mask (tf.where, tf.mul) instead of selecting elements.',
    );
  });

  test("carries TensorFlow's message and the operation's name when TensorFlow refuses it", () => {
    const step = compile((x: tf.Tensor) => tf.add(x, tf.zeros([3])));
    expect(() => step(tf.zeros([2]))).toThrow(
      /^Add: Dimensions must be equal, but are 2 and 3 for .*input shapes: \[2\], \[3\]/,
    );
    expect(() => tf.add(tf.zeros([2]), tf.zeros([3]))).toThrow('Add: Incompatible shapes: [2] vs. [3]');
    expect(() => tf.mul(tf.zeros([2]), tf.zeros([3]))).toThrow(
      "Multiply (TensorFlow's Mul): Incompatible shapes: [2] vs. [3]",
    );
  });

  test('names the compiled function when it fails while running', () => {
    const lookUp = compile((x: tf.Tensor, i: tf.Tensor) => tf.gather(x, tf.cast(i, 'int32')), {
      mode: 'graph',
      name: 'look up',
    });
    expect(() => lookUp(tf.ones([3]), tf.tensor1d([7]))).toThrow(
      /^compiled function look_up_\d+: .*indices\[0\] = 7 is not in \[0, 3\)/s,
    );
    lookUp.dispose();
  });

  test('says that the backend lacks an operation, and what to do', () => {
    const step = compile((x: tf.Tensor) => tf.searchSorted(x, tf.tensor1d([1])));
    expect(() => step(tf.tensor1d([0, 2]))).toThrow(
      'SearchSorted: the backend "tensorflow" has no such operation. Write it with other operations, or run this part in ' +
        'plain JavaScript: await tf.setBackend("cpu") before it, await tf.setBackend("tensorflow") after it.',
    );
  });

  test('says that XLA lacks an operation, and what to do', () => {
    const x = tf.ones([1, 1, 1, 1]) as tf.Tensor4D;
    const filter = tf.ones([1, 1, 1]) as tf.Tensor3D;
    const run = (mode: 'graph' | 'xla'): tf.Tensor =>
      compile((image: tf.Tensor) => tf.dilation2d(image as tf.Tensor4D, filter, 1, 'valid'), { mode })(x);
    expect(() => run('xla')).toThrow(
      /Dilation2D \(No registered .* XLA cannot compile it: use compile\(fn, \{ mode: "graph" \}\)\.$/s,
    );
    expect(take(run('graph'))).toEqual([2]);
  });

  test('goes through TensorFlow’s executor on a CPU unless told otherwise', () => {
    const filter = tf.ones([1, 1, 1]) as tf.Tensor3D;
    const dilate = (image: tf.Tensor): tf.Tensor => tf.dilation2d(image as tf.Tensor4D, filter, 1, 'valid');
    const x = tf.ones([1, 1, 1, 1]);
    // XLA has no such operation.
    expect(() => compile(dilate, { mode: 'xla' })(x)).toThrow('XLA cannot compile it');
    for (const bf16 of [false, true]) expect(take(compile(dilate, { bf16 })(x))).toEqual([2]);
  });

  test('refuses a tensor that was disposed', async () => {
    const step = compile((x: tf.Tensor) => tf.add(x, 1));
    const x = tf.scalar(1);
    x.dispose();
    expect(() => step(x)).toThrow(
      'compile: argument 1 of 1 (float32[]) was disposed. Keep arguments alive until the call has ended.',
    );
    await expect(step.async(x)).rejects.toThrow('was disposed');
  });

  test('says so when a tensor of the recording is used after it', () => {
    let escaped: tf.Tensor | undefined;
    const step = compile((x: tf.Tensor) => {
      escaped = tf.keep(tf.add(x, 1));
      return tf.add(escaped, 1);
    });
    take(step(tf.scalar(1)));
    expect(() => tf.add(escaped!, 1)).toThrow('it belongs to the recording of a compiled function that has ended');
    escaped?.dispose();
    step.dispose();
  });

  test('refuses a tf.variable, whose value would be frozen', () => {
    const variable = tf.variable(tf.scalar(1), true, 'weight');
    const step = compile((x: tf.Tensor) => tf.mul(x, variable));
    expect(() => step(tf.scalar(1))).toThrow(
      'compile: Multiply reads the variable "weight", whose value would be frozen in the compiled function. ' +
        'Make it a parameter with createParameter(), or pass its value as an argument.',
    );
    variable.dispose();
  });

  test('refuses an asynchronous call while recording', async () => {
    const inner = compile((x: tf.Tensor) => tf.add(x, 1));
    let failure: Promise<unknown> | undefined;
    const outer = compile((x: tf.Tensor) => {
      failure = inner.async(x);
      failure.catch(() => undefined);
      return x;
    });
    take(outer(tf.scalar(1)));
    await expect(failure).rejects.toThrow('calls another one with .async(). Call it directly.');
    outer.dispose();
  });

  test('leaves nothing behind when the function fails while it is recorded', () => {
    const outside = tf.keep(tf.range(0, 5000));
    const weight = createParameter(outside, 'weight');
    const before = [tf.memory().numTensors, engineMemory()];
    for (let i = 0; i < 10; i++) {
      const failing = compile((x: tf.Tensor) => {
        weight.assign(tf.add(tf.mul(outside, weight.read()), x));
        throw new Error(`fault ${i}`);
      });
      const x = tf.scalar(1);
      expect(() => failing(x)).toThrow(`fault ${i}`);
      x.dispose();
      // Not recording any more: this has a value at once.
      expect(take(tf.add(1, i))).toEqual([1 + i]);
    }
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
    expect(weight.read().dataSync()[4999]).toBe(4999);
    weight.dispose();
  });

  test('keeps the event loop alive during a long call', async () => {
    const work = compile(
      (x: tf.Tensor) => {
        let y = x;
        for (let i = 0; i < 20; i++) y = tf.tanh(tf.matMul(y, x));
        return tf.sum(y);
      },
      { mode: 'graph' },
    );
    const x = tf.mul(tf.ones([1024, 1024]), 0.01);
    take(await work.async(x));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const start = performance.now();
    take(await work.async(x));
    const elapsed = performance.now() - start;
    clearInterval(timer);
    // A blocked loop would tick at most once, at the end.
    expect(ticks, `${elapsed.toFixed(0)} ms`).toBeGreaterThan(3);
    x.dispose();
    work.dispose();
  });

  test('bounds the error of products in bfloat16', () => {
    const [m, k, n] = [32, 256, 16];
    const a = tf.randomNormal([m, k], 0, 1, 'float32', 1);
    const b = tf.randomNormal([k, n], 0, 1, 'float32', 2);
    const exact = take(tf.matMul(a, b));
    const magnitude = take(tf.matMul(tf.abs(a), tf.abs(b)));
    // bfloat16 keeps 8 bits: u = 2^-8 when rounded to nearest (2^-7 covers conversions that cut). Two rounded factors err by
    // at most 2u + u^2 of each product, the rounded result by u more; sums of k terms in float32 by k 2^-24.
    const u = 2 ** -8;
    const bound = (i: number): number =>
      (2 * u + u * u + k * 2 ** -24) * magnitude[i]! * (1 + u) + u * Math.abs(exact[i]!);
    for (const mode of ['graph', 'xla'] as const) {
      const product = compile((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y), { bf16: true, mode });
      const found = take(product(a, b));
      const errors = found.map((value, i) => Math.abs(value - exact[i]!));
      errors.forEach((error, i) => expect(error).toBeLessThanOrEqual(bound(i)));
      // It is bfloat16: float32 would be a thousand times closer.
      expect(Math.max(...errors)).toBeGreaterThan(1e-3);
      product.dispose();
    }
  });

  test('compiles and frees fifty functions without a trace', () => {
    const outside = tf.range(0, 2000);
    const x = tf.scalar(2);
    // A tensor reaches TensorFlow at its first use.
    take(tf.add(x, 1));
    const before = [tf.memory().numTensors, engineMemory()];
    for (let i = 0; i < 50; i++) {
      const step = compile((y: tf.Tensor) => tf.sum(tf.mul(tf.add(outside, i), y)), { mode: i % 2 ? 'graph' : 'xla' });
      take(step(x));
      step.dispose();
      step.dispose();
    }
    expect([tf.memory().numTensors, engineMemory()]).toEqual(before);
  });
});

describeNative('a compiled function that is disposed', () => {
  test('refuses calls that were waiting, and takes new ones', async () => {
    const step = compile((x: tf.Tensor) => tf.square(x), { name: 'squares' });
    const calls = [1, 2, 3].map((value) => step.async(tf.scalar(value)));
    step.dispose();
    for (const call of calls) await expect(call).rejects.toThrow('squares was disposed while a call of it was waiting');
    expect(take(await step.async(tf.scalar(4)))).toEqual([16]);
    step.dispose();
  });
});
