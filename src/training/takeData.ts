import type * as tf from '@tensorflow/tfjs-core';

/** The numbers of a tensor, which is freed. */
export async function takeData(tensor: tf.Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data;
}

export async function scalarOf(tensor: tf.Tensor): Promise<number> {
  return (await takeData(tensor))[0]!;
}
