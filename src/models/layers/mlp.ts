import * as tf from '@tensorflow/tfjs-core';

import { fusedOperation } from '../../engine/index.ts';

import { ACTIVATION_NAMES, ACTIVATIONS, type ActivationName } from './activations.ts';
import type { Linear } from './linear.ts';
import { weightsOf, type Module, type Weights } from './weights.ts';

/** The part of a layer that works on each token alone; it knows its linear maps for adapters. */
export interface Mlp extends Module {
  readonly linears: readonly Linear[];
  /** [B, T, D] to [B, T, D] */
  apply(x: tf.Tensor, weights: Weights): tf.Tensor;
}

/** down(activation(up(x))). */
export function plainMlp(up: Linear, down: Linear, activation: ActivationName): Mlp {
  return {
    linears: [up, down],
    weights: weightsOf(up, down),
    apply: (x, weights) => down.apply(ACTIVATIONS[activation](up.apply(x, weights)), weights),
  };
}

/** activation(gate) * up, by the activation's name. */
const GATED = Object.fromEntries(
  ACTIVATION_NAMES.map((name) => [name, fusedOperation(name, ([gate, up]) => tf.mul(ACTIVATIONS[name](gate!), up!))]),
) as Record<ActivationName, ReturnType<typeof fusedOperation<[]>>>;

/** down(activation(gate(x)) * up(x)); Shazeer 2020, arXiv:2002.05202, Eq. (6). */
export function gatedMlp(gate: Linear, up: Linear, down: Linear, activation: ActivationName): Mlp {
  return {
    linears: [gate, up, down],
    weights: weightsOf(gate, up, down),
    apply: (x, weights) => {
      const gated = GATED[activation]([gate.apply(x, weights), up.apply(x, weights)], []);
      return down.apply(gated, weights);
    },
  };
}

/** As `gatedMlp`, gate and up stored as one map, one after the other. */
export function fusedGatedMlp(gateUp: Linear, down: Linear, activation: ActivationName): Mlp {
  return {
    linears: [gateUp, down],
    weights: weightsOf(gateUp, down),
    apply: (x, weights) => {
      const [gate, up] = tf.split(gateUp.apply(x, weights), 2, -1) as [tf.Tensor, tf.Tensor];
      return down.apply(GATED[activation]([gate, up], []), weights);
    },
  };
}
