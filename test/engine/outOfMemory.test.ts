import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

import { compile, engineMemory } from '../../src/engine/index.ts';
import { describeNative, take } from './nativeTests.ts';

describeNative('running out of memory', () => {
  test('names what ran and what to change, and the engine goes on', async () => {
    const x = tf.ones([2, 2]);
    take(tf.add(x, 1));
    // 2^48 bytes: more than any process may address, so that no machine tries. TensorFlow gives up after waiting
    // ten seconds for memory to become free.
    const huge = compile((y: tf.Tensor) => tf.sum(tf.cumsum(tf.tile(y, [2 ** 22, 2 ** 22]))), {
      name: 'train',
      memoryAdvice: 'Lower train.batchSize, now 64.',
    });
    const before = engineMemory();
    await expect(huge.async(x)).rejects.toThrow(
      expect.objectContaining({
        name: 'UserError',
        code: 'engine.outOfMemory',
        message: expect.stringMatching(
          /^Memory ran out in compiled function train_\d+: .*\. Lower train\.batchSize, now 64\.$/,
        ) as string,
      }),
    );
    expect(engineMemory()).toEqual(before);
    expect(take(tf.sum(x))).toEqual([4]);
    huge.dispose();
  });
});
