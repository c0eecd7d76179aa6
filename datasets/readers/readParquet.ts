import { parquetMetadataAsync, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, RowGroup, SchemaTree } from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import type { ByteSource } from './byteSource.ts';
import { ParquetPages } from './parquetPages.ts';
import { PARSERS, plainOf, takeOverTypes } from './parquetValues.ts';

/** Bytes a Parquet file starts and ends with. */
export const PARQUET_MAGIC = 'PAR1';

/** Rows that are made at a time of the pages in memory. */
const MOST_ROWS = 1024;

/**
 * Rows of a Parquet file (see plainValue.ts). In memory are a page of each column, the columns' dictionaries and the
 * footer, however large the row groups are.
 *
 * @throws {UserError} when the file is truncated or damaged
 */
export async function* readParquet(source: ByteSource): AsyncGenerator<Record<string, unknown>> {
  const file = await asyncBuffer(source);
  try {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const converts = takeOverTypes(metadata.schema);
    const tree = parquetSchema(metadata);
    const rows = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
    if (rows !== metadata.num_rows) throw new Error(`${rows} rows in its groups, where it says ${metadata.num_rows}`);
    for (const group of metadata.row_groups) yield* groupRows(source, group, tree, converts);
  } catch (error) {
    throw damaged(source.name, error);
  }
}

async function* groupRows(
  source: ByteSource,
  group: RowGroup,
  tree: SchemaTree,
  converts: ReturnType<typeof takeOverTypes>,
): AsyncGenerator<Record<string, unknown>> {
  const pages = group.columns.map(({ meta_data: meta }) => {
    if (!meta) throw new Error('a column without metadata');
    return new ParquetPages(source, meta, tree);
  });
  const columns = tree.children.map((node) => ({
    node,
    plain: plainOf(node, converts),
    pages: pages.filter(({ path }) => path[0] === node.element.name),
  }));
  for (let left = Number(group.num_rows); left > 0;) {
    const available: number[] = [];
    for (const each of pages) available.push(await each.available());
    const count = Math.min(MOST_ROWS, left, ...available);
    if (count === 0) throw new Error(`${left} rows of a group are missing`);
    const values = columns.map(({ node, pages: own, plain }) => columnOf(node, own, count).map(plain));
    for (let at = 0; at < count; at++) {
      yield Object.fromEntries(columns.map(({ node }, column) => [node.element.name, values[column]![at]]));
    }
    left -= count;
  }
  for (const each of pages) if ((await each.available()) > 0) throw new Error('a group of more rows than it says');
}

/** The next values of a column, put together of the columns that it is stored in. */
function columnOf(node: SchemaTree, pages: readonly ParquetPages[], count: number): unknown[] {
  const parts = new Map(pages.map((each) => [each.path.join('.'), each.take(count)]));
  if (node.children.length > 0) assembleNested(parts, node, PARSERS);
  const values = parts.get(node.element.name);
  if (values?.length === count) return values;
  throw new Error(`the column "${node.element.name}" has ${values?.length ?? 'no'} values for ${count} rows`);
}

async function asyncBuffer(source: ByteSource): Promise<AsyncBuffer> {
  const { name, byteLength = 0 } = source;
  const tail = Buffer.from(await source.slice(Math.max(0, byteLength - PARQUET_MAGIC.length), byteLength));
  if (byteLength < 3 * PARQUET_MAGIC.length || tail.toString('latin1') !== PARQUET_MAGIC) {
    throw new UserError(
      'parquet.truncated',
      `${name}: expected a Parquet file that ends in its footer, found ${byteLength} bytes without one: it is ` +
        'truncated. Make it again, or copy it again.',
    );
  }
  return { byteLength, slice: async (start, end = byteLength) => (await source.slice(start, end)).buffer };
}

function damaged(name: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const found = `damaged content (${reasonOf(error)})`;
  const message = `${name}: expected a whole Parquet file, found ${found}. Make or copy it again.`;
  return new UserError('parquet.damaged', message, { cause: error });
}
