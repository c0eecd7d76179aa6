import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { sequenceLogps } from '../../losses/index.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// Two tokens of probabilities 1/4 and 1/2 from logits ln 1, ln 3 and ln 2, ln 2.
const logits = [
  [Math.log(1), Math.log(3)],
  [Math.log(2), Math.log(2)],
];

test('has the values derived by hand, for one sequence and for a batch', () => {
  const one = sequenceLogps({ logits: tf.tensor(logits), labels: tf.tensor([0, 1]) });
  expect(one.sum.shape).toEqual([]);
  expect(one.sum.dataSync()[0]).toBeCloseTo(Math.log(1 / 8), 6);
  expect(one.average.dataSync()[0]).toBeCloseTo(Math.log(1 / 8) / 2, 6);
  const squares = [...one.sumPSquared.dataSync()];
  expect(squares[0]).toBeCloseTo((1 + 9) / 16, 6);
  expect(squares[1]).toBeCloseTo(1 / 2, 6);
  const batch = sequenceLogps({
    logits: tf.tensor([logits, logits]),
    labels: tf.tensor2d(
      [
        [0, 1],
        [1, 0],
      ],
      [2, 2],
      'int32',
    ),
    mask: tf.tensor([
      [1, 1],
      [1, 0],
    ]),
  });
  expect(batch.tokenLogps.shape).toEqual([2, 2]);
  const sums = [...batch.sum.dataSync()];
  expect(sums[0]).toBeCloseTo(Math.log(1 / 8), 6);
  expect(sums[1]).toBeCloseTo(Math.log(3 / 4), 6);
  expect([...batch.average.dataSync()][1]).toBeCloseTo(Math.log(3 / 4), 6);
});

test('sends the gradient of softmax into unmasked logits only', () => {
  const gradient = tf.grad(
    (x: tf.Tensor) => sequenceLogps({ logits: x, labels: tf.tensor([0, 1]), mask: tf.tensor([1, 0]) }).sum,
  )(tf.tensor(logits));
  const [first, second, ...masked] = [...gradient.dataSync()];
  expect(first).toBeCloseTo(3 / 4, 6);
  expect(second).toBeCloseTo(-3 / 4, 6);
  expect(masked.map(Math.abs)).toEqual([0, 0]);
});

test('takes logits of -Infinity and gives a sequence without response tokens 0', () => {
  const barred = sequenceLogps({
    logits: tf.tensor([[0, Number.NEGATIVE_INFINITY, 0]]),
    labels: tf.tensor([0]),
    mask: tf.tensor([0]),
  });
  expect(barred.tokenLogps.dataSync()[0]).toBeCloseTo(-Math.LN2, 6);
  expect(barred.average.dataSync()[0]).toBe(0);
});

test('frees everything but its results', () => {
  const inputs = { logits: tf.tensor(logits), labels: tf.tensor([0, 1]), mask: tf.tensor([1, 1]) };
  const before = tf.memory().numTensors;
  tf.dispose(sequenceLogps(inputs));
  expect(tf.memory().numTensors).toBe(before);
});

test.each([
  [{ labels: tf.zeros([3]) }, 'labels [3]'],
  [{ mask: tf.zeros([2, 1]) }, 'mask [2, 1]'],
  [{ logits: tf.zeros([2]) }, 'logits [2]'],
])('refuses shapes that do not go together', (wrong, message) => {
  const run = (): unknown =>
    sequenceLogps({ logits: tf.tensor(logits), labels: tf.tensor([0, 1]), mask: tf.tensor([1, 1]), ...wrong });
  expect(run).toThrow(RangeError);
  expect(run).toThrow(message);
});
