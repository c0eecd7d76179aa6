import * as tf from '@tensorflow/tfjs-core';

import {
  compile,
  createParameter,
  type Compiled,
  type CompileOptions,
  type Parameter,
  type TensorTree,
} from '../engine/index.ts';
import { clipGlobalNorm } from './clipGlobalNorm.ts';
import type { Ema } from './ema.ts';
import { lossGradients, type StepLoss } from './lossGradients.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

export interface AccumulatingStepOptions<B extends TensorTree> {
  parameters: ReadonlyMap<string, Parameter>;
  optimizer: Optimizer;
  ema?: Ema | undefined;
  /** What a piece of a batch adds to the loss of the whole: divide by the whole batch's weight, not the piece's. */
  lossOf: (weights: Readonly<Record<string, tf.Tensor>>, piece: B) => StepLoss;
  /** Largest joint norm of the gradients of the whole batch. */
  clipNorm: number;
  compileOptions: CompileOptions;
}

/** One update from several pieces of a batch, with the gradients of their sum: two compiled functions. */
export interface AccumulatingStep<B extends TensorTree> {
  /** Adds the gradients of a piece; gives its `loss` and what the loss function reports. */
  readonly add: Compiled<[B], Readonly<Record<string, tf.Tensor>>>;
  /** Clips the sum, updates the weights, and starts a new sum; gives `gradNorm`, before clipping. */
  readonly finish: Compiled<[{ step: tf.Tensor; learningRate: tf.Tensor }], { gradNorm: tf.Tensor }>;
  /** Forgets what was added, after a failure. */
  clear(): void;
  dispose(): void;
}

/** Needs memory for the sum of the gradients, four bytes for each trained number. */
export function createAccumulatingStep<B extends TensorTree>(options: AccumulatingStepOptions<B>): AccumulatingStep<B> {
  const { parameters, optimizer, ema, compileOptions } = options;
  const sums = [...parameters.values()].map(({ name, shape }) => {
    const zeros = tf.zeros([...shape]);
    const sum = createParameter(zeros, `${name}.gradient`);
    zeros.dispose();
    return sum;
  });
  const clear = (): void =>
    tf.tidy(() => {
      for (const sum of sums) sum.assign(tf.zeros([...sum.shape]));
    });
  const add = compile(
    (piece: B): Readonly<Record<string, tf.Tensor>> => {
      const { loss, gradients, report } = lossGradients(parameters, (weights) => options.lossOf(weights, piece));
      sums.forEach((sum, i) => sum.assign(tf.add(sum.read(), gradients[i]!)));
      return { loss, ...report };
    },
    { name: 'accumulate', ...compileOptions },
  );
  const finish = compile(
    ({ step, learningRate }: { step: tf.Tensor; learningRate: tf.Tensor }) => {
      const { clipped, norm } = clipGlobalNorm(
        sums.map((sum) => sum.read()),
        options.clipNorm,
      );
      optimizer.apply(clipped, step, learningRate);
      ema?.update(step);
      clear();
      return { gradNorm: norm };
    },
    { name: 'applyGradients', ...compileOptions },
  );
  return {
    add,
    finish,
    clear,
    dispose: () => {
      add.dispose();
      finish.dispose();
      for (const sum of sums) sum.dispose();
    },
  };
}
