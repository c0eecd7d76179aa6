import { open, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readSafetensors, writeSafetensors, type StoredTensor } from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

/** A file with the given header and data, its header's length as given or right. */
async function fileOf(header: unknown, data: Uint8Array, headerLength?: bigint): Promise<string> {
  const path = join(await temporaryFolder(), 'model.safetensors');
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  await writeFile(path, Buffer.concat([prefix, text, data]));
  return path;
}

/** What reading a broken file says. */
async function messageOf(path: string): Promise<string> {
  const { code, message } = await userErrorOf(() => readSafetensors(path));
  expect(code).toBe('weights.broken');
  // How JSON.parse complains depends on the version of Node.
  return message.replace(path, 'FILE').replace(/not JSON \(.*\)\./, 'not JSON.');
}

const stored = (values: number[], shape = [values.length]): StoredTensor => ({
  shape,
  data: Float32Array.from(values),
});

/** Values that a careless conversion would change. */
const SPECIAL = [0, -0, 1, -1.5, 2 ** -149, 2 ** -126, 3.4028234663852886e38, Infinity, -Infinity, NaN];

describe('what is written comes back', () => {
  test('F32 bit for bit, special values included', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map([['special', stored(SPECIAL)]]));
    expect(Array.from((await readSafetensors(path)).get('special')!.data)).toEqual(SPECIAL);
  });

  test.each([
    ['F16', [0, -0, 1, -1.5, 2 ** -24, 65504, Infinity, -Infinity, NaN]],
    ['BF16', [0, -0, 1, -1.5, 2 ** -133, 2 ** -126, Infinity, -Infinity, NaN, 3.3895313892515355e38]],
  ] as const)('%s bit for bit where its digits suffice', async (dtype, values) => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    await writeSafetensors(path, new Map([['special', stored([...values])]]), dtype);
    expect(Array.from((await readSafetensors(path)).get('special')!.data)).toEqual(values);
  });

  test('rounded to the nearest value of the type', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    for (const [dtype, expected] of [
      ['F16', 0.333251953125],
      ['BF16', 0.333984375],
    ] as const) {
      await writeSafetensors(path, new Map([['x', stored([1 / 3])]]), dtype);
      expect((await readSafetensors(path)).get('x')!.data).toEqual(Float32Array.of(expected));
    }
  });

  test('names beyond ASCII, scalars, empty tensors and the order of the tensors', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    const tensors = new Map([
      ['größe', stored([1, 2, 3, 4, 5, 6], [2, 3])],
      ['scalar', stored([7], [])],
      ['empty', stored([], [0, 3])],
    ]);
    await writeSafetensors(path, tensors);
    expect([...(await readSafetensors(path))]).toEqual([...tensors]);
  });

  test('the same bytes when what was read is written again', async () => {
    const folder = await temporaryFolder();
    const path = (name: string): string => join(folder, `${name}.safetensors`);
    await writeSafetensors(
      path('a'),
      new Map([
        ['x', stored([1, 2])],
        ['y', stored(SPECIAL)],
      ]),
    );
    await writeSafetensors(path('b'), await readSafetensors(path('a')));
    expect(await readFile(path('b'))).toEqual(await readFile(path('a')));
  });
});

test('the data starts on a multiple of 8 bytes, and the metadata is what transformers expects', async () => {
  const folder = await temporaryFolder();
  for (let length = 1; length <= 8; length++) {
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, new Map([['x'.repeat(length), stored([1])]]));
    const bytes = await readFile(path);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString()) as Record<string, unknown>;
    expect(header['__metadata__']).toEqual({ format: 'pt' });
  }
  expect(await readdir(folder)).toEqual(['a.safetensors']);
});

describe('a broken file is named with what is wrong', () => {
  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const data = new Uint8Array(8);

  test.each<[string, unknown, Uint8Array, bigint?]>([
    ['a header longer than the file', { x: entry }, data, 10_000n],
    ['an absurd header length', { x: entry }, data, 2n ** 63n],
    ['a header that is cut off', { x: entry }, data, 10n],
    ['a header that is not text', '\uFFFD\uFFFD', data],
    ['a header that is a list', [], data],
    ['a header that is null', null, data],
    ['an entry that is not one', { x: 3 }, data],
    ['a type that the format does not have', { x: { ...entry, dtype: 'F128' } }, data],
    ['a type of another size', { x: { ...entry, dtype: 'I64' } }, data],
    ['metadata that is not text', { __metadata__: { format: 1 }, x: entry }, data],
    ['a type from the prototype', { x: { ...entry, dtype: 'toString' } }, data],
    ['no shape', { x: { dtype: 'F32', data_offsets: [0, 8] } }, data],
    ['a negative shape', { x: { ...entry, shape: [-2, -1] } }, data],
    ['a shape of another size', { x: { ...entry, shape: [3] } }, data],
    ['offsets in reverse', { x: { ...entry, data_offsets: [8, 0] } }, data],
    ['data that is cut off', { x: { ...entry, shape: [4], data_offsets: [0, 16] } }, data],
    ['tensors that overlap', { x: entry, y: entry }, data],
    ['a gap before a tensor', { x: { ...entry, shape: [1], data_offsets: [4, 8] } }, data],
    ['bytes after the last tensor', { x: entry }, new Uint8Array(12)],
  ])('%s', async (_, header, bytes, length) => {
    expect(await messageOf(await fileOf(header, bytes, length))).toMatchSnapshot();
  });

  test('a file shorter than any header', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    await writeFile(path, 'abc');
    expect(await messageOf(path)).toMatchInlineSnapshot(
      `"FILE: not a usable safetensors file: it has 3 bytes, fewer than a header. Copy or download it again."`,
    );
  });

  test('an empty file', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    await writeFile(path, '');
    expect(await messageOf(path)).toMatchInlineSnapshot(
      `"FILE: not a usable safetensors file: it has 0 bytes, fewer than a header. Copy or download it again."`,
    );
  });

  test('every length at which a good file can be cut', async () => {
    const path = await fileOf({ x: entry }, data);
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length++) {
      const file = await open(path, 'w');
      await file.writeFile(whole.subarray(0, length));
      await file.close();
      expect(await messageOf(path)).toMatch(/^FILE: not a usable safetensors file: /);
    }
  });
});

test('a missing file is told apart from a broken one', async () => {
  const path = join(await temporaryFolder(), 'none.safetensors');
  expect((await userErrorOf(() => readSafetensors(path))).code).toBe('weights.missing');
});

test('a tensor without all its values is not written, and no file is left behind', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'a.safetensors');
  await expect(writeSafetensors(path, new Map([['x', stored([1, 2], [3])]]))).rejects.toThrow(
    `${path}: tensor x of shape [3] got 8 bytes.`,
  );
  expect(await readdir(folder)).toEqual([]);
});
