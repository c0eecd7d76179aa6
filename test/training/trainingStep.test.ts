import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { createParameter, startEngine, type CompileMode } from '../../src/engine/index.ts';
import { createAdamW, createTrainingStep } from '../../src/training/index.ts';

beforeAll(async () => {
  await startEngine();
});

/** The batch (1, 1), (2, 2), which w = 1 fits. */
function inputs(at: number) {
  return {
    batch: { x: tf.tensor1d([1, 2]), y: tf.tensor1d([1, 2]) },
    step: tf.scalar(at),
    learningRate: tf.scalar(0.1),
  };
}

describe.each<CompileMode>(['eager', 'graph', 'xla'])('a step in mode %s', (mode) => {
  /** Fits w so that w * x = y, by least squares. */
  function line(clipNorm = 100) {
    const parameters = new Map([['w', createParameter(tf.tensor1d([3]), 'w')]]);
    const optimizer = createAdamW(parameters);
    const step = createTrainingStep<{ x: tf.Tensor; y: tf.Tensor }>({
      parameters,
      optimizer,
      clipNorm,
      mode,
      lossOf: (weights, { x, y }) => {
        const residual = tf.sub(tf.mul(x, weights['w']!), y);
        return { loss: tf.mean(tf.square(residual)), report: { residual } };
      },
    });
    return { parameters, optimizer, step };
  }
  test('returns loss, gradient norm and what is reported, all from before the update', async () => {
    const { step, parameters } = line();
    const result = await step.async(inputs(1));
    // w = 3: residuals 2 and 4, loss (4 + 16) / 2, gradient (2 * 2 * 1 + 2 * 4 * 2) / 2.
    expect(Array.from(await result['residual']!.data())).toEqual([2, 4]);
    expect((await result['loss']!.data())[0]).toBe(10);
    expect((await result['gradNorm']!.data())[0]).toBe(10);
    // Adam's first step is the learning rate.
    expect((await parameters.get('w')!.read().data())[0]).toBeCloseTo(2.9, 5);
  });

  test('reports the norm before clipping', async () => {
    const { step } = line(0.5);
    const result = await step.async(inputs(1));
    expect((await result['gradNorm']!.data())[0]).toBe(10);
  });

  test('lowers the loss over many steps without leaking tensors', async () => {
    const { step, parameters, optimizer } = line();
    const losses: number[] = [];
    let tensors = 0;
    for (let at = 1; at <= 60; at++) {
      const batch = inputs(at);
      const result = await step.async(batch);
      losses.push((await result['loss']!.data())[0]!);
      tf.dispose([batch, result]);
      if (at === 2) tensors = tf.memory().numTensors;
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(losses.at(-1)).toBeLessThan(0.1);
    step.dispose();
    optimizer.dispose();
    for (const parameter of parameters.values()) parameter.dispose();
  });
});
