import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import type { Caches, PrefillInputs } from '../../src/sampling/prefill.ts';
import { createPromptQueue, type PromptQueue } from '../../src/sampling/promptQueue.ts';

beforeAll(async () => {
  await startEngine();
});

const options = { maxNewTokens: 4, temperature: 1, seed: 1, endToken: -1, padToken: 9 };

/** A queue over prompts 0, 1, .. of these lengths, and the prompts that it prefilled. */
function queueOf(lengths: number[], prompts: number, samples: number): { queue: PromptQueue; batches: number[][][] } {
  const batches: number[][][] = [];
  const prefill = async ({ prompts: ids }: PrefillInputs): Promise<Caches> => {
    batches.push(await ids.array());
    return { keys: [tf.zeros([1])], values: [tf.zeros([1])] };
  };
  const requests = lengths.map((length, i) => ({
    key: String(i),
    promptTokens: Array.from({ length }, (_, j) => 10 + j),
  }));
  return { queue: createPromptQueue(requests, prompts, { ...options, samples }, prefill), batches };
}

test('all samples of a prompt begin from one prefill, in parts when rows are few', async () => {
  const { queue, batches } = queueOf([3, 3, 3], 2, 4);
  expect(queue.waiting).toBe(12);
  const sizes: [number, number][] = [];
  while (queue.waiting > 0) {
    const { rows } = await queue.take(3);
    sizes.push([rows.length, batches.length]);
    queue.release();
  }
  // The first two prompts have eight samples, the last has four.
  expect(sizes).toEqual([
    [3, 1],
    [3, 1],
    [2, 1],
    [3, 2],
    [1, 2],
  ]);
});

test('the shortest prompts come first, padded on the left, without their last tokens', async () => {
  const { queue, batches } = queueOf([18, 2], 1, 1);
  const first = await queue.take(5);
  expect(first.rows.map(({ row }) => row.index)).toEqual([1]);
  const { rows } = await queue.take(5);
  expect(rows.map(({ row }) => row.index)).toEqual([0]);
  expect(batches[0]![0]).toEqual([...Array.from({ length: 15 }, () => 9), 10]);
  expect(batches[1]![0]).toEqual([
    ...Array.from({ length: 15 }, () => 9),
    ...Array.from({ length: 17 }, (_, j) => 10 + j),
  ]);
  queue.dispose();
});

test('caches are freed once all of a batch has begun', async () => {
  const before = tf.memory().numTensors;
  const { queue } = queueOf([3, 3], 2, 1);
  await queue.take(1);
  queue.release();
  expect(tf.memory().numTensors).toBe(before + 2);
  await queue.take(1);
  queue.release();
  expect(tf.memory().numTensors).toBe(before);
});
