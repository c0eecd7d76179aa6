import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { compile, sliceAt, startEngine, type CompileMode } from '../../src/engine/index.ts';

beforeAll(async () => {
  await startEngine();
});

test.each<CompileMode>(['xla', 'graph', 'eager'])('a slice from a position that is a tensor, in mode %s', (mode) => {
  const slice = compile(
    ({ x, n, start }: { x: tf.Tensor; n: tf.Tensor; start: tf.Tensor }) => [
      sliceAt(x, 1, start, 2),
      sliceAt(n, 0, start, 3),
    ],
    { mode },
  );
  const x = tf.tensor2d([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
  const n = tf.range(0, 6, 1, 'int32');
  for (const [start, wide, long] of [
    [0, [1, 2, 5, 6], [0, 1, 2]],
    [2, [3, 4, 7, 8], [2, 3, 4]],
  ] as const) {
    const results = slice({ x, n, start: tf.scalar(start, 'int32') });
    expect(results.map((tensor) => Array.from(tensor.dataSync()))).toEqual([wide, long]);
  }
  slice.dispose();
});
