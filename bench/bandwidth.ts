import * as tf from '@tensorflow/tfjs-core';
import { compile, startEngine } from 'nashtune/engine';

/** Far more than any cache holds. */
const FLOATS = 1 << 26;

/**
 * How fast memory is read and written: 10^9 bytes a second, of a sum of two long vectors whose three passes count alike.
 *
 * @param repeats of which the fastest counts: it is a bound
 */
export async function memoryBandwidth({
  repeats,
  floats = FLOATS,
}: {
  repeats: number;
  floats?: number;
}): Promise<number> {
  await startEngine({ device: 'cpu' });
  const [a, b] = [tf.ones([floats]), tf.ones([floats])];
  const add = compile((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y), { mode: 'graph', name: 'bandwidth' });
  const seconds: number[] = [];
  for (let run = 0; run <= repeats; run++) {
    const start = performance.now();
    const sum = await add.async(a, b);
    seconds.push((performance.now() - start) / 1000);
    sum.dispose();
  }
  add.dispose();
  tf.dispose([a, b]);
  return (3 * 4 * floats) / Math.min(...seconds.slice(1)) / 1e9;
}
