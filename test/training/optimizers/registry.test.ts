import { readFileSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { startEngine, type Parameter } from '../../../src/engine/index.ts';
import { parseDecoderConfig, weightSpecs } from '../../../src/models/index.ts';
import { createOptimizer, OPTIMIZERS, type OptimizerSettings } from '../../../src/training/index.ts';
import { decaysByDefault } from '../../../src/training/optimizers/updateRule.ts';
import { describeEverywhere } from '../../engine/nativeTests.ts';
import { golden, initialWeights, startRun, valuesOf } from './goldenOptimizers.ts';

/** The last case of each optimizer, which has all of its state. */
const everyOptimizer = [...new Map(golden.optimizers.map((one) => [one.settings.name, one])).values()];

test('every optimizer has golden cases', () => {
  expect(new Set(golden.optimizers.map(({ settings }) => settings.name))).toEqual(new Set(Object.keys(OPTIMIZERS)));
});

describeEverywhere('state that is saved and restored', (mode) => {
  test.each(everyOptimizer)('continues to the bit: $settings.name', ({ settings, rates }) => {
    const through = startRun(settings, mode);
    for (let at = 1; at <= 12; at++) through.take(at, rates[at - 1]!);

    const before = startRun(settings, mode);
    for (let at = 1; at <= 5; at++) before.take(at, rates[at - 1]!);
    const resumed = startRun(settings, mode);
    restore(resumed.parameters, valuesOf(before.parameters));
    restore(resumed.optimizer.state, valuesOf(before.optimizer.state));
    for (let at = 6; at <= 12; at++) resumed.take(at, rates[at - 1]!);

    expect(valuesOf(resumed.parameters)).toEqual(valuesOf(through.parameters));
    expect(valuesOf(resumed.optimizer.state)).toEqual(valuesOf(through.optimizer.state));
    for (const run of [through, before, resumed]) run.dispose();
  });
});

function restore(parameters: ReadonlyMap<string, Parameter>, values: ReadonlyMap<string, Float32Array>): void {
  for (const [name, parameter] of parameters) {
    const value = tf.tensor(values.get(name)!, [...parameter.shape]);
    parameter.assign(value);
    value.dispose();
  }
}

describe('an optimizer', () => {
  beforeAll(async () => {
    await startEngine();
  });

  test.each(everyOptimizer)('after a reset takes the steps of a new one: $settings.name', (run) => {
    const [fresh, used] = [startRun(run.settings, 'eager'), startRun(run.settings, 'eager')];
    for (let at = 1; at <= 4; at++) used.take(at, 0.01);
    used.optimizer.reset();
    restore(used.parameters, valuesOf(fresh.parameters));
    for (const run of [fresh, used]) for (let at = 1; at <= 3; at++) run.take(at, 0.01);
    expect(valuesOf(used.parameters)).toEqual(valuesOf(fresh.parameters));
    for (const either of [fresh, used]) either.dispose();
  });

  test.each(everyOptimizer)('leaks no tensors: $settings.name', ({ settings }) => {
    const before = tf.memory().numTensors;
    const run = startRun(settings, 'eager');
    run.take(1, 0.01);
    run.take(2, 0.01);
    run.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(everyOptimizer)('moves by finite steps along huge and tiny gradients: $settings.name', ({ settings }) => {
    for (const size of [1e15, 1e4, 1e-25]) {
      const weights = initialWeights();
      const optimizer = createOptimizer(weights, settings);
      for (let step = 1; step <= 3; step++) {
        tf.tidy(() => {
          const gradients = [...weights.values()].map(({ shape }) => tf.mul(tf.ones([...shape]), size * (-1) ** step));
          optimizer.apply(gradients, tf.scalar(step), tf.scalar(0.1));
        });
      }
      const numbers = [...valuesOf(weights).values(), ...valuesOf(optimizer.state).values()].flatMap((v) => [...v]);
      expect(numbers.every(Number.isFinite), `gradients of ${size}`).toBe(true);
      optimizer.dispose();
    }
  });

  const names = Object.keys(OPTIMIZERS) as OptimizerSettings['name'][];

  test.each(names)('%s decays matrices and no vectors, unless told otherwise', (name) => {
    /** Which weights move with a gradient of zero. */
    const moved = (options: Partial<OptimizerSettings>): string[] => {
      const weights = initialWeights();
      const optimizer = createOptimizer(weights, { weightDecay: 0.1, ...options, name });
      const before = valuesOf(weights);
      tf.tidy(() => {
        const zeros = [...weights.values()].map(({ shape }) => tf.zeros([...shape]));
        optimizer.apply(zeros, tf.scalar(1), tf.scalar(0.1));
      });
      optimizer.dispose();
      return [...valuesOf(weights)].filter(([key, value]) => value[0] !== before.get(key)![0]).map(([key]) => key);
    };
    expect(moved({ weightDecay: 0 })).toEqual([]);
    expect(moved({})).toEqual(['matrix', 'row']);
    expect(moved({ decays: (weight) => weight.startsWith('v') })).toEqual(['vector']);
  });
});

test.each(Object.entries(golden.decaying))(
  "the weights of %s that decay are those of transformers' Trainer",
  (family, names) => {
    const file = new URL(`../../golden/models/${family}/config.json`, import.meta.url);
    const config = parseDecoderConfig(JSON.parse(readFileSync(file, 'utf8')), family);
    const decaying = weightSpecs(config).filter(({ name, shape }) => decaysByDefault(name, shape));
    expect(decaying.map(({ name }) => name).sort()).toEqual(names);
  },
);

test('an unknown name is refused with the names there are', () => {
  const settings = { name: 'adam' } as unknown as OptimizerSettings;
  expect(() => createOptimizer(new Map(), settings)).toThrow(
    'createOptimizer: name must be one of adamw, adafactor, rmsprop, lion, sgd, got adam. Choose one of them.',
  );
});
