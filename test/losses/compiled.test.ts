import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { LOSSES, SOURCE_OF_INPUT } from '../../losses/index.ts';
import type { LossEntry, LossInput } from '../../losses/index.ts';
import { compile } from '../../src/engine/index.ts';
import { describeNative } from '../engine/nativeTests.ts';
import { GOLDEN_LOSSES, camelKeys, readVectors } from './goldenVectors.ts';
import type { GoldenVector } from './goldenVectors.ts';
import { largestDifference } from './randomPairs.ts';

const losses: Readonly<Record<string, LossEntry>> = LOSSES;
const golden = readVectors(GOLDEN_LOSSES).filter(({ kind }) => kind === 'loss');
const bco = golden.find(({ loss }) => loss === 'bco_pair')!;
const vectors = [
  ...golden,
  { ...bco, loss: 'bco_pair_running', params: { beta: 0.1 }, inputs: { ...bco.inputs, delta: 0.5, batch_share: 0.25 } },
];

/** Values of the loss, then the gradients of their sum by the policy's numbers. */
function evaluate(vector: GoldenVector, inputs: Record<string, tf.Tensor>): tf.Tensor[] {
  const { fn, inputs: read } = losses[vector.loss]!;
  const options = camelKeys(vector.params);
  const keys = read.filter((key) => key in inputs && isPolicy(key));
  const sum = (...xs: tf.Tensor[]): tf.Scalar =>
    tf.sum(fn({ ...inputs, ...Object.fromEntries(keys.map((key, i) => [key, xs[i]!])) }, options));
  return [fn(inputs, options), ...tf.grads(sum)(keys.map((key) => inputs[key]!))];
}

const isPolicy = (key: string): boolean => SOURCE_OF_INPUT[key as LossInput] === 'policy';

const numbersOf = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

const makeInputs = ({ inputs }: GoldenVector): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(camelKeys(inputs)).map(([key, value]) => [key, tf.tensor(value)]));

// All losses make one function: XLA compiles many small ones more slowly. One golden case each, because what recording could
// get wrong does not depend on the numbers.
describeNative('a recorded and compiled loss', () => {
  const cases = [...new Map(vectors.toReversed().map((vector) => [vector.loss, vector])).values()];
  let outcomes: { want: number[][]; got: number[][] }[];

  beforeAll(() => {
    const inputs = cases.map(makeInputs);
    const run = (all: Record<string, tf.Tensor>[]): tf.Tensor[][] => cases.map((one, i) => evaluate(one, all[i]!));
    const compiled = compile(run, { mode: 'graph' });
    const [want, got] = [tf.tidy(() => run(inputs)), compiled(inputs)];
    outcomes = want.map((tensors, i) => ({ want: tensors.map(numbersOf), got: got[i]!.map(numbersOf) }));
    compiled.dispose();
    tf.dispose([inputs, want, got]);
  });

  test.each(cases.map(({ loss }, i) => [loss, i] as const))('gives the values and gradients of %s', (_, i) => {
    for (const [j, want] of outcomes[i]!.want.entries()) {
      const bound = 1e-6 * Math.max(1, ...want.map(Math.abs));
      expect(largestDifference(outcomes[i]!.got[j]!, want)).toBeLessThanOrEqual(bound);
    }
  });
});
