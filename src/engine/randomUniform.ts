import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { typeAttribute } from './native/attributes.ts';
import { DT } from './native/dtypes.ts';
import { nativeState } from './state.ts';
import { tidyTree } from './trees.ts';

/**
 * Uniform random numbers in [0, 1) that depend on `seed` alone, so that a compiled function draws others when it gets
 * another seed. On the portable backend the numbers are others than natively.
 *
 * @param seed [2] int32
 */
export function randomUniform(shape: readonly number[], seed: tf.Tensor1D): tf.Tensor {
  return tidyTree(() => {
    const native = nativeState();
    if (native) {
      const attributes = [
        typeAttribute('dtype', DT.FLOAT),
        typeAttribute('T', DT.INT32),
        typeAttribute('Tseed', DT.INT32),
      ];
      const size = tf.tensor1d([...shape], 'int32');
      return native.backend.executeMultipleOutputs('StatelessRandomUniform', attributes, [size, seed], 1)[0]!;
    }
    const random = randomStream(seed.dataSync().join(), 'uniform');
    const length = shape.reduce((product, n) => product * n, 1);
    return tf.tensor(
      Float32Array.from({ length }, () => random.uniform()),
      [...shape],
    );
  });
}
