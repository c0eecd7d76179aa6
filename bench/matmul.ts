import * as tf from '@tensorflow/tfjs-core';
import { compile, startEngine, type CompileMode } from 'nashtune/engine';

/** Speed of matrix products, the bound of every step: 10^9 floating-point operations a second. */
export interface MatmulSpeed {
  mode: CompileMode;
  precision: 'fp32' | 'bf16';
  gflops: number;
}

/** Products of one run, each of the former's result. */
const CHAIN = 4;

/**
 * Times products of square matrices, as both compiled modes run them: `graph` through oneDNN, `xla` through YNNPACK.
 *
 * @param size of the matrices; 2048 gives what the machine can do
 * @param repeats of each, of which the fastest counts: it is a bound
 */
export async function matmulSpeeds({
  size,
  repeats,
  threads,
}: {
  size: number;
  repeats: number;
  threads?: number | undefined;
}): Promise<MatmulSpeed[]> {
  await startEngine({ device: 'cpu', ...(threads === undefined ? {} : { threads }) });
  const x = tf.randomNormal([size, size], 0, 1 / Math.sqrt(size), 'float32', 1);
  const speeds: MatmulSpeed[] = [];
  for (const mode of ['graph', 'xla'] as const) {
    for (const precision of ['fp32', 'bf16'] as const) {
      const chain = compile(
        (a: tf.Tensor) => {
          let product = a;
          for (let i = 0; i < CHAIN; i++) product = tf.matMul(product, a);
          return tf.max(product);
        },
        { mode, bf16: precision === 'bf16', name: `matmul_${mode}_${precision}` },
      );
      const seconds: number[] = [];
      for (let i = 0; i <= repeats; i++) {
        const start = performance.now();
        const result = await chain.async(x);
        await result.data();
        seconds.push((performance.now() - start) / 1000);
        result.dispose();
      }
      chain.dispose();
      speeds.push({ mode, precision, gflops: (CHAIN * 2 * size ** 3) / Math.min(...seconds.slice(1)) / 1e9 });
    }
  }
  x.dispose();
  return speeds;
}
