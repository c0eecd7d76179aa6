import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { compile, startEngine } from '../../../src/engine/index.ts';
import {
  debertaHidden,
  debertaPositions,
  debertaWeightSpecs,
  openWeights,
  parseDebertaConfig,
  readParameters,
  readSafetensors,
  readWeights,
  type EncoderInput,
} from '../../../src/models/index.ts';
import { largestDistance } from '../modelCases.ts';

const CASES = fileURLToPath(new URL('../../golden/deberta', import.meta.url));

/** case.json: rows padded with 0, and the places whose states are in expected.safetensors. */
interface EncoderCase {
  input_ids: number[][];
  lengths: number[];
  places: number[];
}

beforeAll(async () => {
  await startEngine();
});

async function openEncoder(folder: string) {
  const config = parseDebertaConfig(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')), folder);
  const weights = await openWeights(folder);
  const shapes = new Map(debertaWeightSpecs(config, '').map(({ name, shape }) => [name, shape]));
  const parameters = await readParameters(shapes, weights);
  await weights.close();
  expect([...weights.entries.keys()].toSorted()).toEqual([...shapes.keys()].toSorted());
  return (input: EncoderInput): tf.Tensor3D => {
    const values = readWeights({ parameters });
    return debertaHidden(config, values, debertaPositions(config, values, ''), input, '');
  };
}

const inputOf = ({ input_ids: ids, lengths }: Omit<EncoderCase, 'places'>): EncoderInput => ({
  ids: tf.tensor2d(ids, undefined, 'int32'),
  lengths: tf.tensor1d(lengths, 'int32'),
});

describe('the encoder computes as transformers', () => {
  for (const name of readdirSync(CASES)) {
    test(name, async () => {
      const folder = join(CASES, name);
      const golden = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as EncoderCase;
      // XLA compiles for seconds: once with one block of queries, once with several.
      const mode = ['v3', 'long'].includes(name) ? 'xla' : 'eager';
      const hidden = compile(await openEncoder(folder), { mode })(inputOf(golden));
      const kept = tf.gather(hidden, tf.tensor1d(golden.places, 'int32'), 1);
      const [, count, width] = kept.shape;
      const isReal = (i: number): boolean => {
        const place = golden.places[Math.floor(i / width) % count]!;
        return place < golden.lengths[Math.floor(i / (width * count))]!;
      };
      const expected = (await readSafetensors(join(folder, 'expected.safetensors'))).get('hidden')!.data;
      expect(largestDistance(await kept.data(), expected, isReal)).toBeLessThan(1e-4);
    });
  }
});

test('neither padding nor other rows change a text', async () => {
  const encode = await openEncoder(join(CASES, 'v3'));
  const text = [1, 7, 9, 12, 30, 2];
  const alone = await encode(inputOf({ input_ids: [text], lengths: [6] })).data();
  const padding = Array.from({ length: 14 }, () => 33);
  const other = Array.from({ length: 20 }, (_, i) => i + 3);
  const hidden = await encode(inputOf({ input_ids: [other, [...text, ...padding]], lengths: [20, 6] })).array();
  expect(largestDistance(hidden[1]!.slice(0, 6).flat(), alone)).toBeLessThan(1e-5);
});
