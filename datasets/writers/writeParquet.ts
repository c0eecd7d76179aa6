import { open } from 'node:fs/promises';

import { DataType, type Field } from 'apache-arrow';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** Rows in a row group: what readers hold in memory at once. */
const GROUP_ROWS = 8192;

/** Writes rows as a Parquet file (Snappy), one row group in memory at a time. */
export async function writeParquet(
  path: string,
  rows: AsyncIterable<object>,
  fields: readonly Field[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    const writer = new ByteWriter();
    const drain = async (): Promise<void> => {
      await handle.writeFile(new Uint8Array(writer.buffer, 0, writer.index));
      writer.index = 0;
    };
    const root: SchemaElement = { name: 'root', num_children: fields.length };
    const parquet = new ParquetWriter({
      writer,
      schema: [root, ...fields.flatMap((field) => elementsOf(field.name, field.type))],
      kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    let group: Record<string, unknown>[] = [];
    const flush = async (): Promise<void> => {
      const columnData = fields.map(({ name }) => ({ name, data: group.map((row) => row[name] ?? null) }));
      if (group.length > 0) await parquet.write({ columnData, rowGroupSize: GROUP_ROWS });
      group = [];
      await drain();
    };
    for await (const row of rows) {
      if (group.push(row as Record<string, unknown>) === GROUP_ROWS) await flush();
    }
    await flush();
    await parquet.finish();
    await drain();
  } finally {
    await handle.close();
  }
}

/** The schema elements of a column, depth first, as Parquet lists them. Every value may be missing. */
function elementsOf(name: string, type: DataType): SchemaElement[] {
  const repetition_type = 'OPTIONAL';
  if (DataType.isList(type)) {
    const item = type.children[0]!;
    return [
      { name, repetition_type, num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', item.type),
    ];
  }
  if (DataType.isStruct(type)) {
    const children = type.children.flatMap((field) => elementsOf(field.name, field.type));
    return [{ name, repetition_type, num_children: type.children.length }, ...children];
  }
  if (DataType.isFloat(type)) return [{ name, repetition_type, type: 'DOUBLE' }];
  if (DataType.isInt(type)) return [{ name, repetition_type, type: type.bitWidth === 64 ? 'INT64' : 'INT32' }];
  if (DataType.isBool(type)) return [{ name, repetition_type, type: 'BOOLEAN' }];
  const text = { converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
  return [{ name, repetition_type, type: 'BYTE_ARRAY', ...text }];
}
