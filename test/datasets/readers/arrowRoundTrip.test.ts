import {
  Bool,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  LargeUtf8,
  List,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  makeData,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readArrow } from '../../../datasets/readers/readArrow.ts';
import { memorySource } from './memorySource.ts';

/** A type, and values of it as rows hold them. */
interface Column {
  type: DataType;
  value: fc.Arbitrary<unknown>;
}

const text = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary' }), weight: 20 },
  { arbitrary: fc.integer({ min: 10_000, max: 100_000 }).map((length) => 'é'.repeat(length)), weight: 1 },
);
const orNull = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.option(value, { nil: null });

const column: fc.Memo<Column> = fc.memo((depth) => {
  const leaves = fc.constantFrom<Column[]>(
    { type: new Utf8(), value: text },
    { type: new LargeUtf8(), value: text },
    { type: new Int32(), value: fc.integer() },
    { type: new Int64(), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
    { type: new Float64(), value: fc.double() },
    { type: new Bool(), value: fc.boolean() },
    { type: new Null(), value: fc.constant(null) },
  );
  if (depth <= 1) return leaves;
  const inner = column(depth - 1);
  const lists = inner.map(({ type, value }): Column => {
    return { type: new List(new Field('item', type, true)), value: fc.array(orNull(value), { maxLength: 4 }) };
  });
  const structs = fc.tuple(inner, inner).map(([a, b]): Column => {
    const fields = [new Field('a', a.type, true), new Field('é', b.type, true)];
    const value = fc.record({ a: orNull(a.value), é: orNull(b.value) }, { noNullPrototype: true });
    return { type: new Struct(fields), value };
  });
  return fc.oneof(leaves, lists, structs);
});

const batches = fc.array(column(3), { minLength: 1, maxLength: 4 }).chain((columns) => {
  const row = fc.record(Object.fromEntries(columns.map(({ value }, at) => [`c${at}`, orNull(value)])), {
    noNullPrototype: true,
  });
  return fc.array(fc.array(row, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }).map((pieces) => {
    const schema = new Schema(columns.map(({ type }, at) => new Field(`c${at}`, type, true)));
    return { schema, pieces };
  });
});

async function rowsOf(bytes: Uint8Array): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readArrow(memorySource(bytes))) rows.push(row);
  return rows;
}

test.each(['file', 'stream'] as const)('a %s of any columns has the rows that were written', async (format) => {
  const property = fc.asyncProperty(batches, async ({ schema, pieces }) => {
    const written = pieces.map((rows) => {
      const children = schema.fields.map(({ name, type }) => {
        return vectorFromArray(
          rows.map((row) => row[name]),
          type,
        ).data[0]!;
      });
      const type = new Struct(schema.fields);
      return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }));
    });
    expect(await rowsOf(tableToIPC(new Table(schema, written), format))).toEqual(pieces.flat());
  });
  await fc.assert(property, { seed: 1, numRuns: 100 });
});

test('a dictionary that grows from one record batch to the next', async () => {
  const type = new Dictionary(new Utf8(), new Int32(), 1);
  const first = vectorFromArray(['a', 'b'], new Utf8());
  const both = first.concat(vectorFromArray(['c'], new Utf8()));
  const schema = new Schema([new Field('word', type, true)]);
  const batch = (dictionary: typeof first, indices: number[]): RecordBatch => {
    const data = makeData({ type, length: indices.length, nullCount: 0, data: Int32Array.from(indices), dictionary });
    const struct = new Struct(schema.fields);
    return new RecordBatch(schema, makeData({ type: struct, length: indices.length, nullCount: 0, children: [data] }));
  };
  const table = new Table(schema, [batch(first, [1, 0]), batch(both, [2, 0])]);
  for (const format of ['file', 'stream'] as const) {
    expect(await rowsOf(tableToIPC(table, format))).toEqual(['b', 'a', 'c', 'a'].map((word) => ({ word })));
  }
});
