import * as tf from '@tensorflow/tfjs-core';

import { typeAttribute } from './native/attributes.ts';
import { DT } from './native/dtypes.ts';
import { isDifferentiating, nativeState } from './state.ts';
import { tidyTree } from './trees.ts';

/**
 * `x` with one position along `axis` replaced: in a compiled loop under XLA in place, elsewhere by a mask.
 *
 * @param x float32 or int32
 * @param row as `x`, with length 1 along `axis`
 * @param position scalar int32 tensor, within the axis
 */
export function updateSlice<T extends tf.Tensor>(x: T, row: tf.Tensor, axis: number, position: tf.Tensor): T {
  return tidyTree(() => {
    const native = nativeState();
    if (native?.binding.recording?.xla && !isDifferentiating()) {
      const zero = tf.scalar(0, 'int32');
      const starts = tf.stack(x.shape.map((_, i) => (i === axis ? position : zero)));
      const attributes = [
        typeAttribute('T', x.dtype === 'int32' ? DT.INT32 : DT.FLOAT),
        typeAttribute('Tindices', DT.INT32),
      ];
      return native.backend.executeMultipleOutputs('XlaDynamicUpdateSlice', attributes, [x, row, starts], 1)[0] as T;
    }
    const shape = x.shape.map((length, i) => (i === axis ? length : 1));
    const here = tf.reshape(tf.equal(tf.range(0, x.shape[axis]!, 1, 'int32'), position), shape);
    return tf.where(here, row, x) as T;
  });
}
