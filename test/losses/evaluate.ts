import * as tf from '@tensorflow/tfjs-core';

/** Numbers of one batch under the keys of a loss's inputs, nested by axis. */
export type Inputs = Record<string, tf.TensorLike>;

/** Any loss with its options filled in. A method, so that losses that name the inputs they require fit. */
type Loss = { fn(inputs: Record<string, tf.Tensor>): tf.Tensor }['fn'];

/** The inputs as tensors, numbers as fp32, for the caller to free. */
export function tensorsFrom(inputs: Inputs): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([key, values]) => [key, tf.tensor(values)]));
}

/** Values of a loss, everything freed. */
export function evaluate(fn: Loss, inputs: Inputs): number[] {
  return tf.tidy(() => [...fn(tensorsFrom(inputs)).dataSync()]);
}

/** Gradients of the summed loss with respect to the inputs under `keys`, flat, everything freed. */
export function differentiate(fn: Loss, inputs: Inputs, keys: readonly string[]): Record<string, number[]> {
  return tf.tidy(() => {
    const tensors = tensorsFrom(inputs);
    const gradients = tf.grads((...xs: tf.Tensor[]) =>
      tf.sum(fn({ ...tensors, ...Object.fromEntries(keys.map((key, i) => [key, xs[i]!])) })),
    )(keys.map((key) => tensors[key]!));
    return Object.fromEntries(keys.map((key, i) => [key, [...gradients[i]!.dataSync()]]));
  });
}

/** The same as {@link differentiate} for one key, by central finite differences. */
export function finiteDifferences(fn: Loss, inputs: Inputs, key: string, step: number): number[] {
  const { values, shape } = tf.tidy(() => {
    const tensor = tf.tensor(inputs[key]!);
    return { values: [...tensor.dataSync()], shape: tensor.shape };
  });
  const sumAt = (i: number, shift: number): number =>
    tf.tidy(() => {
      const moved = tf.tensor(values.with(i, values[i]! + shift), shape);
      const losses = [...fn({ ...tensorsFrom(inputs), [key]: moved }).dataSync()];
      return losses.reduce((sum, value) => sum + value, 0);
    });
  return values.map((_, i) => (sumAt(i, step) - sumAt(i, -step)) / (2 * step));
}
