import { readFileSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { compile, startEngine, type CompileMode } from '../../../src/engine/index.ts';
import { createParameters, storedWeights } from '../../../src/models/index.ts';
import { clipGlobalNorm, createAdamW } from '../../../src/training/index.ts';
import { largestDistance } from '../../models/modelCases.ts';

type Numbers = Record<string, number[]>;

interface GoldenCase {
  betas: [number, number];
  eps: number;
  weight_decay: number;
  clip_norm: number;
  shapes: Numbers;
  initial: Numbers;
  steps: { learning_rate: number; gradients: Numbers; norm: number; weights: Numbers }[];
}

const golden = JSON.parse(readFileSync(new URL('../../golden/adamw.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[];
};

beforeAll(async () => {
  await startEngine();
});

describe.each(golden.cases)('twenty steps with decay $weight_decay and betas $betas', (run) => {
  test.each<CompileMode>(['eager', 'graph', 'xla'])('agree with torch in mode %s', async (mode) => {
    const { parameters, optimizer } = prepare(run);
    const names = Object.keys(run.shapes);
    const step = compile(
      ({ gradients, at, rate }: { gradients: tf.Tensor[]; at: tf.Tensor; rate: tf.Tensor }) => {
        const { clipped, norm } = clipGlobalNorm(gradients, run.clip_norm);
        optimizer.apply(clipped, at, rate);
        return norm;
      },
      { mode },
    );
    for (const [i, expected] of run.steps.entries()) {
      const inputs = {
        gradients: names.map((name) => tf.tensor(expected.gradients[name]!, run.shapes[name])),
        at: tf.scalar(i + 1),
        rate: tf.scalar(expected.learning_rate),
      };
      const norm = step(inputs);
      expect((await norm.data())[0]! / expected.norm).toBeCloseTo(1, 5);
      const weights = await storedWeights(parameters);
      for (const name of names) {
        expect(largestDistance(weights.get(name)!.data, expected.weights[name]!)).toBeLessThan(2e-6);
      }
      tf.dispose([inputs, norm]);
    }
    step.dispose();
    optimizer.dispose();
  });
});

function prepare(run: GoldenCase) {
  const shapes = new Map(Object.entries(run.shapes));
  const stored = new Map(
    [...shapes].map(([name, shape]) => [name, { shape, data: Float32Array.from(run.initial[name]!) }] as const),
  );
  const parameters = createParameters(shapes, stored, 'golden');
  const [beta1, beta2] = run.betas;
  const optimizer = createAdamW(parameters, { beta1, beta2, epsilon: run.eps, weightDecay: run.weight_decay });
  return { parameters, optimizer };
}

test('a reset optimizer takes the first step again', async () => {
  const run = golden.cases[0]!;
  const { parameters, optimizer } = prepare(run);
  const gradients = Object.entries(run.shapes).map(([, shape]) => tf.ones(shape));
  const change = async (at: number): Promise<Float32Array> => {
    const before = (await storedWeights(parameters)).get('matrix')!.data;
    tf.tidy(() => optimizer.apply(gradients, tf.scalar(at), tf.scalar(0.5)));
    const after = (await storedWeights(parameters)).get('matrix')!.data;
    return after.map((value, i) => value - before[i]!);
  };
  // Adam's first step is the learning rate against the sign of the gradient.
  expect(largestDistance(await change(1), new Float32Array(12).fill(-0.5))).toBeLessThan(1e-6);
  await change(2);
  optimizer.reset();
  for (const moment of optimizer.state.values()) {
    const value = moment.read();
    expect((await tf.max(tf.abs(value)).data())[0]).toBe(0);
  }
  expect(largestDistance(await change(1), new Float32Array(12).fill(-0.5))).toBeLessThan(1e-6);
});

test('moments are named after their weights, for checkpoints', () => {
  const { optimizer } = prepare(golden.cases[0]!);
  expect([...optimizer.state.keys()]).toEqual(['matrix.m', 'matrix.v', 'vector.m', 'vector.v']);
});

test('gradients below the limit are not changed', async () => {
  const { clipped, norm } = clipGlobalNorm([tf.tensor1d([3]), tf.tensor2d([[4]])], 10);
  expect((await norm.data())[0]).toBe(5);
  expect(Array.from(await clipped[0]!.data())).toEqual([3]);
  expect(Array.from(await clipped[1]!.data())).toEqual([4]);
});
