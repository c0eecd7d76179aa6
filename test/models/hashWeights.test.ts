import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { hashWeights } from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS } from './modelCases.ts';
import { shardName, typed, writeShards } from './shards.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

test('one file is named by the start of its SHA-256', async () => {
  const folder = join(GOLDEN_MODELS, 'llama');
  expect(await hashWeights(folder)).toBe(sha256(await readFile(join(folder, 'model.safetensors'))));
});

test('several files are hashed one after the other, and all of them must be there', async () => {
  const folder = await temporaryFolder();
  const names = [shardName(1, 2), shardName(2, 2)] as const;
  await writeShards(folder, { [names[1]]: { a: typed('F32', [1]) }, [names[0]]: { b: typed('BF16', [2]) } });
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  expect(await hashWeights(folder)).toBe(sha256(Buffer.concat(files)));
  await rm(join(folder, names[0]));
  expect((await userErrorOf(() => hashWeights(folder))).code).toBe('weights.badIndex');
});
