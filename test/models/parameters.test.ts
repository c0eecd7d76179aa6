import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import {
  createParameters,
  loadParameters,
  openWeights,
  readParameters,
  readSafetensors,
  saveParameters,
  storedWeights,
  writeSafetensors,
} from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

beforeAll(async () => {
  await startEngine();
});

const SHAPES = new Map([
  ['a', [2]],
  ['b', [1, 2]],
]);
const weightsOf = (a: number[], b: number[]) =>
  new Map([
    ['a', { shape: [2], data: Float32Array.from(a) }],
    ['b', { shape: [1, 2], data: Float32Array.from(b) }],
  ]);

test('weights go into the engine and come out unchanged, without further tensors', async () => {
  const before = tf.memory().numTensors;
  const weights = weightsOf([1, -2], [3e38, 2 ** -149]);
  const parameters = createParameters(SHAPES, new Map([...weights, ['other', weights.get('a')!]]), 'file');
  expect(await storedWeights(parameters)).toEqual(weights);
  for (const parameter of parameters.values()) parameter.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('what is saved to a file is read from it, in the order of the shapes', async () => {
  const path = join(await temporaryFolder(), 'file.safetensors');
  const before = tf.memory().numTensors;
  const parameters = createParameters(SHAPES, weightsOf([1, -2], [1 / 3, 2 ** -149]), 'memory');
  const reversed = new Map([...parameters].reverse());
  for (const [dtype, expected] of [
    ['F32', weightsOf([1, -2], [1 / 3, 2 ** -149])],
    ['BF16', weightsOf([1, -2], [0.333984375, 0])],
  ] as const) {
    await saveParameters(reversed, path, dtype);
    expect([...(await readSafetensors(path)).keys()]).toEqual(['b', 'a']);
    const weights = await openWeights(path);
    const loaded = await readParameters(SHAPES, weights);
    await weights.close();
    expect([...loaded.keys()]).toEqual(['a', 'b']);
    expect(await storedWeights(loaded)).toEqual(expected);
    for (const parameter of loaded.values()) parameter.dispose();
  }
  for (const parameter of parameters.values()) parameter.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('loading replaces values in place, or changes nothing when the file does not fit', async () => {
  const folder = await temporaryFolder();
  const parameters = createParameters(SHAPES, weightsOf([1, 2], [3, 4]), 'file');
  const good = join(folder, 'good.safetensors');
  await writeSafetensors(good, weightsOf([5, 6], [7, 8]));
  await loadParameters(parameters, good);
  expect(await storedWeights(parameters)).toEqual(weightsOf([5, 6], [7, 8]));

  const bad = join(folder, 'bad.safetensors');
  await writeSafetensors(bad, new Map([['a', { shape: [2], data: Float32Array.of(9, 9) }]]));
  const error = await userErrorOf(() => loadParameters(parameters, bad), folder);
  expect(error.message).toMatchInlineSnapshot(
    `"./bad.safetensors: b is missing. Use the config.json and the weights of one and the same model."`,
  );
  expect(await storedWeights(parameters)).toEqual(weightsOf([5, 6], [7, 8]));
  for (const parameter of parameters.values()) parameter.dispose();
});

test('names the weights that are missing, of another shape or not finite', async () => {
  const transposed = new Map([['b', { shape: [2, 1], data: Float32Array.of(1, 2) }]]);
  expect((await userErrorOf(() => createParameters(SHAPES, transposed, 'file'))).message).toMatchInlineSnapshot(
    `"file: a is missing; b has shape [2, 1], expected [1, 2]. Use the config.json and the weights of one and the same model."`,
  );
  const diverged = weightsOf([1, Number.NaN], [Infinity, 0]);
  expect((await userErrorOf(() => createParameters(SHAPES, diverged, 'file'))).message).toMatchInlineSnapshot(
    `"file: values that are not finite in a; b. Use a checkpoint from before training diverged."`,
  );
});

test('lists the first five problems and counts the rest', async () => {
  const shapes = new Map(Array.from({ length: 8 }, (_, i) => [`w${i}`, [1]] as const));
  expect((await userErrorOf(() => createParameters(shapes, new Map(), 'file'))).message).toMatch(
    /w4 is missing; and 3 more\. /,
  );
});
