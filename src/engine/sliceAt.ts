import * as tf from '@tensorflow/tfjs-core';

import { typeAttribute } from './native/attributes.ts';
import { DT } from './native/dtypes.ts';
import { isDifferentiating, nativeState } from './state.ts';
import { tidyTree } from './trees.ts';

/**
 * `size` positions of `x` along `axis`, from one that is known only when the function runs: `tf.slice` with a tensor as
 * its begin. Under XLA one copy, elsewhere `tf.gather`, which XLA on a CPU runs three times slower.
 *
 * @param x float32 or int32
 * @param start scalar int32 tensor; start + size must lie within the axis
 */
export function sliceAt<T extends tf.Tensor>(x: T, axis: number, start: tf.Tensor, size: number): T {
  return tidyTree(() => {
    const native = nativeState();
    if (native?.binding.recording?.xla && !isDifferentiating()) {
      const zero = tf.scalar(0, 'int32');
      const starts = tf.stack(x.shape.map((_, i) => (i === axis ? start : zero)));
      const sizes = tf.tensor1d(
        x.shape.map((length, i) => (i === axis ? size : length)),
        'int32',
      );
      const attributes = [
        typeAttribute('T', x.dtype === 'int32' ? DT.INT32 : DT.FLOAT),
        typeAttribute('Tindices', DT.INT32),
      ];
      return native.backend.executeMultipleOutputs('XlaDynamicSlice', attributes, [x, starts, sizes], 1)[0] as T;
    }
    return tf.gather(x, tf.add(tf.range(0, size, 1, 'int32'), start), axis);
  });
}
