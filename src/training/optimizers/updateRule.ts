import * as tf from '@tensorflow/tfjs-core';

import { createParameter, fused, type Parameter } from '../../engine/index.ts';
import type { Optimizer, WeightDecay } from './optimizer.ts';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What an update of one weight starts from. */
export interface WeightBefore {
  weight: tf.Tensor;
  gradient: tf.Tensor;
  state: Tensors;
  /** Weight decay of this weight, 0 for one that does not decay. */
  decay: number;
}

export type WeightAfter = {
  weight: tf.Tensor;
  state: Tensors;
};

/** An optimizer as a pure function of one weight; the rest is {@link optimizeBy}. */
export interface UpdateRule {
  /** Shapes of the pieces of state of a weight, by name; all start at zero. */
  stateShapes(shape: readonly number[]): Readonly<Record<string, readonly number[]>>;
  /** What a step has in common for all weights, then the update of each. */
  begin(step: tf.Tensor, learningRate: tf.Tensor): (before: WeightBefore) => WeightAfter;
}

/** Makes an optimizer that updates each weight by the same rule. */
export function optimizeBy(
  rule: UpdateRule,
  parameters: ReadonlyMap<string, Parameter>,
  { weightDecay = 0, decays = decaysByDefault }: WeightDecay,
): Optimizer {
  const state = new Map<string, Parameter>();
  const weights = [...parameters.values()].map((weight) => {
    const pieces = Object.entries(rule.stateShapes(weight.shape)).map(([piece, shape]) => {
      const name = `${weight.name}.${piece}`;
      const zeros = tf.zeros([...shape]);
      const parameter = createParameter(zeros, name);
      zeros.dispose();
      state.set(name, parameter);
      return [piece, parameter] as const;
    });
    return { weight, pieces, decay: decays(weight.name, weight.shape) ? weightDecay : 0 };
  });
  const updates = new Map<number, FusedUpdate>();
  for (const { decay } of weights) {
    const known = updates.get(decay) ?? fusedUpdate(rule, decay);
    updates.set(decay, known);
  }
  return {
    state,
    apply: (gradients, step, learningRate) => {
      weights.forEach(({ weight, pieces, decay }, i) => {
        const before = Object.fromEntries(pieces.map(([piece, parameter]) => [piece, parameter.read()]));
        const gradient = gradients[i]!;
        const after = updates.get(decay)!({ weight: weight.read(), gradient, state: before, step, learningRate });
        for (const [piece, parameter] of pieces) parameter.assign(after.state[piece]!);
        weight.assign(after.weight);
      });
    },
    reset: () => {
      for (const parameter of state.values()) {
        const zeros = tf.zeros([...parameter.shape]);
        parameter.assign(zeros);
        zeros.dispose();
      }
    },
    dispose: () => {
      for (const parameter of state.values()) parameter.dispose();
    },
  };
}

type UpdateArguments = {
  weight: tf.Tensor;
  gradient: tf.Tensor;
  state: Tensors;
  step: tf.Tensor;
  learningRate: tf.Tensor;
};
type FusedUpdate = (before: UpdateArguments) => WeightAfter;

/** One pass over a weight, where each operation of the rule by itself would read and write it anew. */
function fusedUpdate(rule: UpdateRule, decay: number): FusedUpdate {
  return fused('updateWeight', ({ step, learningRate, ...before }: UpdateArguments) =>
    rule.begin(step, learningRate)({ ...before, decay }),
  );
}

/** Whether a weight decays when the caller does not say: matrices do. */
export const decaysByDefault = (_name: string, shape: readonly number[]): boolean => shape.length > 1;
