import * as tf from '@tensorflow/tfjs-core';

/** tfjs forgets the outer tape when gradients are taken inside a backward pass; it needs it to free what was saved. */
export function keepingTape<T>(work: () => T): T {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return work();
  } finally {
    state.activeTape = activeTape;
  }
}
