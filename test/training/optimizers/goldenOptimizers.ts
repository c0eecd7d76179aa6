import { readFileSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';

import { compile, createParameter, type CompileMode, type Parameter } from '../../../src/engine/index.ts';
import { createOptimizer, type Optimizer, type OptimizerSettings } from '../../../src/training/index.ts';

export type Numbers = Record<string, number[]>;

export interface OptimizerCase {
  title: string;
  settings: OptimizerSettings;
  /** Learning rate of each step. */
  rates: number[];
  /** Weights of torch after some steps, in float32 and in float64. */
  float32: Record<string, Numbers>;
  float64: Record<string, Numbers>;
}

export const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as {
  shapes: Numbers;
  initial: Numbers;
  gradients: Numbers[];
  optimizers: OptimizerCase[];
  /** Weights that decay, by the family of the model. */
  decaying: Record<string, string[]>;
  averages: {
    options: { decay: number; warmup?: boolean };
    float32: Record<string, Numbers>;
    float64: Record<string, Numbers>;
  }[];
};

export const weightNames = Object.keys(golden.shapes);

/** The three weights of the golden cases. */
export function initialWeights(): Map<string, Parameter> {
  return new Map(
    weightNames.map((name) => {
      const initial = tf.tensor(golden.initial[name]!, golden.shapes[name]);
      const parameter = createParameter(initial, name);
      initial.dispose();
      return [name, parameter];
    }),
  );
}

/** Values of parameters, by name. */
export function valuesOf(parameters: ReadonlyMap<string, Parameter>): Map<string, Float32Array> {
  return new Map(
    [...parameters].map(([name, parameter]) => {
      const value = parameter.read();
      const numbers = Float32Array.from(value.dataSync());
      value.dispose();
      return [name, numbers];
    }),
  );
}

/** Weights in training: an optimizer on the golden gradients, compiled. */
export interface GoldenRun {
  parameters: Map<string, Parameter>;
  optimizer: Optimizer;
  /** Takes the golden step `at`, counted from 1. */
  take(at: number, learningRate: number): void;
  dispose(): void;
}

export function startRun(settings: OptimizerSettings, mode: CompileMode): GoldenRun {
  const parameters = initialWeights();
  const optimizer = createOptimizer(parameters, settings);
  const update = compile(
    ({ gradients, at, rate }: { gradients: tf.Tensor[]; at: tf.Tensor; rate: tf.Tensor }) => {
      optimizer.apply(gradients, at, rate);
      return tf.zeros([]);
    },
    { mode, name: 'optimizer' },
  );
  return {
    parameters,
    optimizer,
    take: (at, learningRate) => {
      const gradients = weightNames.map((name) => tf.tensor(golden.gradients[at - 1]![name]!, golden.shapes[name]));
      const inputs = { gradients, at: tf.scalar(at), rate: tf.scalar(learningRate) };
      tf.dispose([update(inputs), inputs]);
    },
    dispose: () => {
      update.dispose();
      optimizer.dispose();
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

/**
 * Largest distance from the exact weights, as a share of what float32 may be off: a step computes the new weight with two
 * operations, each of which rounds by 2^-24 of it at most and half of that on average; as much again for the changes, which
 * are small beside the weights. Torch's own float32 keeps to it.
 */
export function shareOfRounding(found: ReadonlyMap<string, Float32Array>, exact: Numbers, steps: number): number {
  const shares = weightNames.map((name) => {
    const largest = Math.max(...exact[name]!.map(Math.abs));
    const allowed = (steps + 1) * 2 ** -24 * largest;
    return Math.max(...exact[name]!.map((value, i) => Math.abs(found.get(name)![i]! - value) / allowed));
  });
  return Math.max(...shares);
}
