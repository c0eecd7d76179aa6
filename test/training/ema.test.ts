import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { compile, createParameter, startEngine, type Parameter } from '../../src/engine/index.ts';
import { createEma, createSgd, createTrainingStep } from '../../src/training/index.ts';
import { describeEverywhere } from '../engine/nativeTests.ts';
import { golden, initialWeights, valuesOf, weightNames } from './optimizers/goldenOptimizers.ts';

const DECAY = 0.9;

const only = (parameters: ReadonlyMap<string, Parameter>): number => [...valuesOf(parameters).values()][0]![0]!;

describeEverywhere('the average of weights that move', (mode) => {
  test.each(golden.averages)('is the expected one at every step: $options', ({ options, float64 }) => {
    const weights = initialWeights();
    const ema = createEma(weights, options);
    // Weights that are equal to the golden gradients, step by step.
    const move = compile(
      ({ values, step }: { values: tf.Tensor[]; step: tf.Tensor }) => {
        weightNames.forEach((name, i) => weights.get(name)!.assign(values[i]!));
        ema.update(step);
        return tf.zeros([]);
      },
      { mode, name: 'ema' },
    );
    golden.gradients.forEach((row, i) => {
      const at = i + 1;
      const inputs = {
        values: weightNames.map((name) => tf.tensor(row[name]!, golden.shapes[name])),
        step: tf.scalar(at),
      };
      tf.dispose([move(inputs), inputs]);
      for (const name of weightNames) {
        const found = valuesOf(ema.state).get(`${name}.ema`)!;
        // Each step rounds the average; its change, a share of the way to weights up to 20, is off by two roundings.
        const allowed = at * 2 ** -24 * (Math.max(...found.map(Math.abs)) + 2 * (1 - options.decay) * 20);
        float64[at]?.[name]!.forEach((exact, j) => expect(Math.abs(found[j]! - exact)).toBeLessThan(allowed));
      }
    });
    move.dispose();
    ema.dispose();
  });
});

describe('an average', () => {
  beforeAll(async () => {
    await startEngine();
  });

  /** One weight at 1, whose average moves to 3 in one step. */
  function moved() {
    const weights = new Map([['w', createParameter(tf.tensor1d([1]), 'w')]]);
    const ema = createEma(weights, { decay: DECAY });
    weights.get('w')!.assign(tf.tensor1d([3]));
    tf.tidy(() => ema.update(tf.scalar(1)));
    return { weights, ema };
  }

  test('starts at the weights, and does not change while they do not', () => {
    const weights = initialWeights();
    const ema = createEma(weights, { decay: 0.999 });
    for (let step = 1; step <= 5; step++) tf.tidy(() => ema.update(tf.scalar(step)));
    for (const [name, value] of valuesOf(weights)) expect(valuesOf(ema.state).get(`${name}.ema`)).toEqual(value);
  });

  test('is exchanged with the weights to evaluate it, and back to train on', () => {
    const { weights, ema } = moved();
    ema.swap();
    expect(only(weights)).toBeCloseTo(1.2, 6);
    expect(only(ema.state)).toBe(3);
    ema.swap();
    expect(only(weights)).toBe(3);
    expect(only(ema.state)).toBeCloseTo(1.2, 6);
  });

  test('can be copied into the weights of another policy', () => {
    const { ema, weights } = moved();
    const reference = new Map([['w', createParameter(tf.tensor1d([0]), 'w')]]);
    ema.copyTo(reference);
    expect(only(reference)).toBeCloseTo(1.2, 6);
    expect(only(weights)).toBe(3);
    expect(() => ema.copyTo(new Map())).toThrow(/copyTo: .* lacks w\./);
  });

  test('begins anew at the weights after a reset', () => {
    const { ema } = moved();
    ema.reset();
    expect(only(ema.state)).toBe(3);
  });

  test('takes a share of 1 - decay to the last bit', () => {
    const weights = new Map([['w', createParameter(tf.tensor1d([0]), 'w')]]);
    const ema = createEma(weights, { decay: 0.999 });
    weights.get('w')!.assign(tf.tensor1d([1]));
    tf.tidy(() => ema.update(tf.scalar(1)));
    expect(only(ema.state)).toBe(Math.fround(1 - 0.999));
  });

  test('leaks no tensors', () => {
    const { weights, ema } = moved();
    const before = tf.memory().numTensors;
    ema.swap();
    ema.reset();
    ema.copyTo(weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('takes in the weights after the update of a training step', async () => {
    const weights = new Map([['w', createParameter(tf.tensor1d([1]), 'w')]]);
    const ema = createEma(weights, { decay: DECAY });
    const step = createTrainingStep({
      parameters: weights,
      optimizer: createSgd(weights),
      ema,
      clipNorm: 100,
      lossOf: ({ w }, { x }: { x: tf.Tensor }) => ({ loss: tf.sum(tf.mul(w!, x)) }),
    });
    await step.async({ batch: { x: tf.tensor1d([-2]) }, step: tf.scalar(1), learningRate: tf.scalar(1) });
    expect(only(weights)).toBe(3);
    expect(only(ema.state)).toBeCloseTo(1.2, 6);
    step.dispose();
  });

  test('needs a decay from 0 to below 1', () => {
    for (const decay of [1, -0.1, NaN])
      expect(() => createEma(new Map(), { decay })).toThrow(/createEma: decay must be/);
  });
});
