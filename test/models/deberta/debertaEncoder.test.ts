import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import {
  createDebertaEncoder,
  debertaWeightSpecs,
  openWeights,
  parseDebertaConfig,
  readParameters,
  readSafetensors,
  type DebertaEncoder,
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

async function openEncoder(folder: string, options: { bf16?: boolean } = {}): Promise<DebertaEncoder> {
  const config = parseDebertaConfig(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')), folder);
  const weights = await openWeights(folder);
  const shapes = new Map(debertaWeightSpecs(config, '').map(({ name, shape }) => [name, shape]));
  const parameters = await readParameters(shapes, weights);
  await weights.close();
  expect([...weights.entries.keys()].toSorted()).toEqual([...shapes.keys()].toSorted());
  return createDebertaEncoder(config, parameters, '', options);
}

const inputOf = ({ input_ids: ids, lengths }: Omit<EncoderCase, 'places'>): EncoderInput => ({
  ids: tf.tensor2d(ids, undefined, 'int32'),
  lengths: tf.tensor1d(lengths, 'int32'),
});

describe.each([
  [false, 1e-4],
  // States reach 3.4, whose last place in bfloat16 is 2^-6; a wrong bias or activation is at 0.2 or more.
  [true, 3 * 2 ** -6],
])('the encoder computes as transformers (products in bfloat16: %s)', (bf16, bound) => {
  for (const name of readdirSync(CASES)) {
    test(name, async () => {
      const folder = join(CASES, name);
      const golden = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as EncoderCase;
      const hidden = await (await openEncoder(folder, { bf16 })).encode(inputOf(golden));
      const kept = tf.gather(hidden, tf.tensor1d(golden.places, 'int32'), 1);
      const [, count, width] = kept.shape;
      const isReal = (i: number): boolean => {
        const place = golden.places[Math.floor(i / width) % count]!;
        return place < golden.lengths[Math.floor(i / (width * count))]!;
      };
      const expected = (await readSafetensors(join(folder, 'expected.safetensors'))).get('hidden')!.data;
      expect(largestDistance(await kept.data(), expected, isReal)).toBeLessThan(bound);
    });
  }
});

test('neither padding nor other rows change a text; no tensor is left behind', async () => {
  const before = tf.memory().numTensors;
  const encoder = await openEncoder(join(CASES, 'v3'));
  const text = [1, 7, 9, 12, 30, 2];
  const padded = [...text, ...Array.from({ length: 14 }, () => 33)];
  const other = Array.from({ length: 20 }, (_, i) => i + 3);
  const firstRow = async (rows: number[][], lengths: number[]): Promise<number[]> => {
    const input = inputOf({ input_ids: rows, lengths });
    const hidden = await encoder.encode(input);
    const [states] = await hidden.array();
    tf.dispose([input.ids, input.lengths, hidden]);
    return states!.slice(0, 6).flat();
  };
  const alone = await firstRow([text], [6]);
  expect(largestDistance(await firstRow([padded, other], [6, 20]), alone)).toBeLessThan(1e-5);
  encoder.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
