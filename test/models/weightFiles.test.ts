import { readFile, readdir, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openWeights, readSafetensors, type WeightFiles } from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { shardName, typed, writeIndex, writeShards, writeTyped } from './shards.ts';

/** Runs `use` on opened weights and closes them. */
async function withWeights<T>(path: string, use: (weights: WeightFiles) => Promise<T>): Promise<T> {
  const weights = await openWeights(path);
  try {
    return await use(weights);
  } finally {
    await weights.close();
  }
}

const [FIRST, SECOND] = [shardName(1, 2), shardName(2, 2)];

/** Two files with three tensors. */
async function shardedFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await writeShards(folder, {
    [FIRST]: { b: typed('BF16', [1, 2]), a: typed('F32', [3]) },
    [SECOND]: { c: typed('F16', [4, 5, 6, 7], [2, 2]) },
  });
  return folder;
}

describe('weights are opened', () => {
  test('from a folder with one file, each tensor in a type of its own', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    const tensors = { z: typed('F16', [1, -2]), y: typed('F32', [0.1], []), x: typed('BF16', [3, 4], [2, 1]) };
    await writeTyped(path, tensors, { format: 'pt', origin: 'test' });
    await withWeights(folder, async (weights) => {
      expect(weights.path).toBe(path);
      expect([...weights.entries]).toEqual([
        ['z', { dtype: 'F16', shape: [2], file: path }],
        ['y', { dtype: 'F32', shape: [], file: path }],
        ['x', { dtype: 'BF16', shape: [2, 1], file: path }],
      ]);
      expect(weights.layout).toEqual({
        index: null,
        files: [
          {
            name: 'model.safetensors',
            metadata: { format: 'pt', origin: 'test' },
            tensors: new Map([
              ['z', 'F16'],
              ['y', 'F32'],
              ['x', 'BF16'],
            ]),
          },
        ],
      });
      expect(await weights.read('z')).toEqual({ shape: [2], data: Float32Array.of(1, -2) });
      expect(await weights.read('y')).toEqual({ shape: [], data: Float32Array.of(0.1) });
      expect(await weights.read('x')).toEqual({ shape: [2, 1], data: Float32Array.of(3, 4) });
      expect(new Uint16Array((await weights.readBytes('x')).buffer)).toEqual(Uint16Array.of(0x4040, 0x4080));
    });
  });

  test('from a file of any name', async () => {
    const path = join(await temporaryFolder(), 'adapter_model.safetensors');
    await writeTyped(path, { a: typed('F32', [1]) }, null);
    await withWeights(path, async ({ layout }) => {
      expect(layout.files).toEqual([
        { name: 'adapter_model.safetensors', metadata: null, tensors: new Map([['a', 'F32']]) },
      ]);
    });
  });

  test('from several files with an index, in the order of the files', async () => {
    const folder = await shardedFolder();
    await withWeights(folder, async (weights) => {
      expect(weights.path).toBe(join(folder, 'model.safetensors.index.json'));
      expect([...weights.entries].map(([name, { file }]) => [name, file])).toEqual([
        ['b', join(folder, FIRST)],
        ['a', join(folder, FIRST)],
        ['c', join(folder, SECOND)],
      ]);
      expect(weights.layout.index).toEqual(JSON.parse(await readFile(weights.path, 'utf8')));
    });
    expect([...(await readSafetensors(folder))]).toEqual([
      ['b', { shape: [2], data: Float32Array.of(1, 2) }],
      ['a', { shape: [1], data: Float32Array.of(3) }],
      ['c', { shape: [2, 2], data: Float32Array.of(4, 5, 6, 7) }],
    ]);
  });

  test('from one file rather than from several when both are there', async () => {
    const folder = await shardedFolder();
    await writeTyped(join(folder, 'model.safetensors'), { a: typed('F32', [9]) });
    expect([...(await readSafetensors(folder))]).toEqual([['a', { shape: [1], data: Float32Array.of(9) }]]);
  });

  test('with a wrong total_size, with none, and with a tensor that the index does not name', async () => {
    const folder = await shardedFolder();
    const weight_map = { b: FIRST, c: SECOND };
    for (const index of [{ metadata: { total_size: 1 }, weight_map }, { weight_map }]) {
      await writeIndex(folder, index);
      expect([...(await readSafetensors(folder)).keys()]).toEqual(['b', 'a', 'c']);
    }
  });

  test('with tensors of other types beside them, which are refused when they are read', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    const header = JSON.stringify({
      steps: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
      a: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    });
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(header.length));
    await writeFile(path, Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(12)]));
    await withWeights(folder, async (weights) => {
      expect(weights.entries.get('steps')!.dtype).toBe('I64');
      expect([...weights.layout.files[0]!.tensors.keys()]).toEqual(['a']);
      expect(await weights.readBytes('steps')).toHaveLength(8);
      expect((await userErrorOf(() => weights.read('steps'), folder)).message).toMatchInlineSnapshot(
        `"./model.safetensors: tensor steps has the type I64, expected F32, F16 or BF16. Convert the model to one of them."`,
      );
    });
  });

  test('beyond 4 GB', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    const large = 2 ** 32 + 2 ** 31;
    const header = JSON.stringify({
      large: { dtype: 'BF16', shape: [large / 2], data_offsets: [0, large] },
      last: { dtype: 'F32', shape: [2], data_offsets: [large, large + 8] },
    });
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(header.length));
    await writeFile(path, Buffer.concat([prefix, Buffer.from(header)]));
    // The hole takes no room on the disk.
    await truncate(path, 8 + header.length + large);
    await writeFile(path, Buffer.from(Float32Array.of(1.5, -2).buffer), { flag: 'a' });
    await withWeights(folder, async (weights) => {
      expect((await weights.read('last')).data).toEqual(Float32Array.of(1.5, -2));
    });
  });
});

describe('weights are refused', () => {
  const messageOf = async (change: (folder: string) => Promise<unknown>): Promise<string> => {
    const folder = await shardedFolder();
    await change(folder);
    return (await userErrorOf(() => openWeights(folder), folder)).message.replace(/not JSON \(.*\)/, 'not JSON');
  };

  test('when there are none', async () => {
    expect(await messageOf((folder) => rm(join(folder, 'model.safetensors.index.json')))).toMatchInlineSnapshot(
      `"./model.safetensors: no such file, nor model.safetensors.index.json. Give the folder of a model with its weights."`,
    );
    const folder = await temporaryFolder();
    expect(
      (await userErrorOf(() => openWeights(join(folder, 'no.safetensors')), folder)).message,
    ).toMatchInlineSnapshot(`"./no.safetensors: no such file. Give a safetensors file or the folder of a model."`);
  });

  test.each(['pytorch_model.bin', 'pytorch_model-00001-of-00002.bin'])('when they are a pickle: %s', async (name) => {
    const message = await messageOf(async (folder) => {
      await rm(join(folder, 'model.safetensors.index.json'));
      await writeFile(join(folder, name), '');
    });
    expect(message).toContain(`.: the weights are a pickle (${name}), which may run code. Convert them: python -c "`);
  });

  test('when files of the index are missing, naming all of them', async () => {
    const message = await messageOf(async (folder) => {
      for (const name of [FIRST, SECOND]) await rm(join(folder, name));
    });
    expect(message).toMatchInlineSnapshot(`
      "./model.safetensors.index.json: the weights are not whole:
      - model-00001-of-00002.safetensors is missing
      - model-00002-of-00002.safetensors is missing
      Download the model again."
    `);
  });

  test('when a file is cut off, another one missing and a third one without its tensor', async () => {
    const message = await messageOf(async (folder) => {
      await truncate(join(folder, FIRST), 20);
      await writeIndex(folder, { weight_map: { a: FIRST, c: SECOND, d: SECOND, e: 'other.safetensors' } });
    });
    expect(message).toMatchInlineSnapshot(`
      "./model.safetensors.index.json: the weights are not whole:
      - ./model-00001-of-00002.safetensors: not a usable safetensors file: its header should take 144 bytes and the file has 20. Copy or download it again.
      - other.safetensors is missing
      - tensor d is not in model-00002-of-00002.safetensors
      Download the model again."
    `);
  });

  test('when a tensor is in two files', async () => {
    const message = await messageOf((folder) =>
      writeTyped(join(folder, SECOND), { a: typed('F32', [1]), c: typed('F32', [1]) }),
    );
    expect(message).toMatchInlineSnapshot(`
      "./model.safetensors.index.json: the weights are not whole:
      - tensor a is in model-00001-of-00002.safetensors and in model-00002-of-00002.safetensors
      Download the model again."
    `);
  });

  test('when the index is no index', async () => {
    const put = (text: string) => messageOf((folder) => writeFile(join(folder, 'model.safetensors.index.json'), text));
    expect(await put('{')).toMatchInlineSnapshot(`
      "./model.safetensors.index.json: the weights are not whole:
      - the index is not JSON
      Download the model again."
    `);
    expect(await put('{"weight_map": ["a"]}')).toMatchInlineSnapshot(`
      "./model.safetensors.index.json: the weights are not whole:
      - the index has no weight_map from tensors to files
      Download the model again."
    `);
  });

  test('when the index points out of the folder', async () => {
    expect(await messageOf((folder) => writeIndex(folder, { weight_map: { a: '../a.safetensors', b: '/etc/passwd' } })))
      .toMatchInlineSnapshot(`
        "./model.safetensors.index.json: the weights are not whole:
        - ../a.safetensors is not the name of a safetensors file in this folder
        - /etc/passwd is not the name of a safetensors file in this folder
        Download the model again."
      `);
  });

  test('with the first five problems, and the number of the rest', async () => {
    const names = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`w${i}`, FIRST]));
    expect(await messageOf((folder) => writeIndex(folder, { weight_map: names }))).toMatch(
      /- tensor w4 is not in .*\n- and 3 more\nDownload the model again\.$/,
    );
  });
});

test.skipIf(process.platform !== 'linux')('no file stays open, whether opening fails or not', async () => {
  const folder = await shardedFolder();
  const openFiles = async (): Promise<string[]> => {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')),
    );
    return links.filter((path) => path.startsWith(folder));
  };
  await withWeights(folder, async () => expect(await openFiles()).toHaveLength(2));
  expect(await openFiles()).toEqual([]);
  await writeIndex(folder, { weight_map: { a: FIRST, c: SECOND, d: SECOND } });
  await userErrorOf(() => openWeights(folder));
  await truncate(join(folder, SECOND), 20);
  await userErrorOf(() => openWeights(join(folder, SECOND)));
  expect(await openFiles()).toEqual([]);
});
