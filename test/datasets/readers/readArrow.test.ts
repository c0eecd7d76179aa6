import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { DenseUnion, Field, Float64, Table, Utf8, makeData, tableToIPC, vectorFromArray } from 'apache-arrow';
import { expect, test } from 'vitest';

import { openArrow } from '../../../datasets/readers/openArrow.ts';
import { readArrow } from '../../../datasets/readers/readArrow.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { rowsOf } from './rowsOf.ts';
import { memorySource } from './memorySource.ts';
import { TYPE_ROWS } from './typeRows.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../golden/formats/${name}`, import.meta.url));

test.each(
  ['none', 'lz4', 'zstd'].flatMap((compression) => ['file', 'stream'].map((kind) => `types_${compression}_${kind}`)),
)('pyarrow wrote %s: every type, and missing values', async (name) => {
  const stamps = ['1970-01-01T00:00:00', null, '1969-12-31T23:59:59'];
  const rows = TYPE_ROWS.map((row, at) => ({ ...row, stamp_s: stamps[at] }));
  expect(await rowsOf(fixture(`${name}.arrow`), readArrow)).toEqual(rows);
});

test('views, in the row or beside it', async () => {
  const texts = ['short', null, 'longer than twelve bytes'];
  expect(await rowsOf(fixture('views.arrow'), readArrow)).toEqual(
    texts.map((text) => ({ text, bytes: text === null ? null : Buffer.from(text).toString('base64') })),
  );
});

test.each(['empty_file', 'empty_stream'])('%s has columns and no rows', async (name) => {
  const path = fixture(`${name}.arrow`);
  expect(await rowsOf(path, readArrow)).toEqual([]);
  const names = await rowsOf(path, async function* (source) {
    yield* (await openArrow(source)).schema.names;
  });
  expect(names).toEqual(Object.keys(TYPE_ROWS[0]!));
});

test.each(['lz4', 'zstd'])(
  'a file compressed with %s and damaged anywhere is an error or has all its rows',
  async (by) => {
    const whole = await readFile(fixture(`types_${by}_file.arrow`));
    for (let at = 8; at < whole.length; at += 211) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0xff;
      let rows = 0;
      try {
        for await (const row of readArrow(memorySource(bytes))) rows += Object.keys(row).length > 0 ? 1 : 0;
        expect(rows).toBe(3);
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^arrow\./),
          message: expect.stringMatching(/^memory: /),
        });
      }
    }
  },
);

test('text that is no UTF-8 is damage, not other text', async () => {
  const bytes = Buffer.from(tableToIPC(new Table({ text: vectorFromArray(['qqqqqqqq'], new Utf8()) }), 'file'));
  bytes[bytes.indexOf('qqqqqqqq')] = 0xff;
  const { code } = await userErrorOf(() => readArrow(memorySource(bytes)).next());
  expect(code).toBe('arrow.damaged');
});

test('a column of a type without a plain value is named', async () => {
  const type = new DenseUnion([0, 1], [new Field('n', new Float64()), new Field('s', new Utf8())]);
  const data = makeData({
    type,
    length: 1,
    typeIds: Int8Array.of(0),
    valueOffsets: Int32Array.of(0),
    children: [vectorFromArray([1]).data[0]!, vectorFromArray([], new Utf8()).data[0]!],
  });
  const bytes = tableToIPC(new Table({ either: data }), 'stream');
  const { code, message } = await userErrorOf(() => readArrow(memorySource(bytes)).next());
  expect(code).toBe('arrow.type');
  expect(message).toContain('column "either" is Union<Float64 | Utf8>');
});
