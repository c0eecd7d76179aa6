import type { ColumnMetaData, Compressors, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert } from 'hyparquet/src/convert.js';
import { getTreePath, isFlatColumn } from 'hyparquet/src/schema.js';

import type { ByteSource } from './byteSource.ts';
import { decompressLz4Block } from './lz4Block.ts';
import { PARSERS } from './parquetValues.ts';

/** The decoder of hyparquet-compressors 1.1.2 takes an LZ4 block of no bytes for a damaged one. */
const CODECS: Compressors = {
  ...compressors,
  LZ4_RAW: (block, length) => {
    const output = new Uint8Array(length);
    return output.subarray(0, decompressLz4Block(block, output, 0));
  },
};
/** Bytes read at a time; a page that is larger is read whole. */
const WINDOW_BYTES = 1 << 18;

/**
 * The values of one column of a row group, page by page: of the group, only the page that is read is in memory, and the
 * column's dictionary. hyparquet decodes the pages; by itself it reads a whole row group.
 */
export class ParquetPages {
  readonly path: readonly string[];
  readonly #source: ByteSource;
  readonly #meta: ColumnMetaData;
  readonly #decoder: Parameters<typeof readPage>[2];
  readonly #flat: boolean;
  #window = new Uint8Array();
  #windowStart: number;
  #at: number;
  readonly #end: number;
  #dictionary: DecodedArray | undefined;
  /** Values that are decoded and not yet taken; in a nested column the last row may go on in the next page. */
  #rows: unknown[] = [];

  constructor(source: ByteSource, meta: ColumnMetaData, tree: SchemaTree) {
    this.path = meta.path_in_schema;
    this.#source = source;
    this.#meta = meta;
    const schemaPath = getTreePath(tree, meta.path_in_schema);
    const { element } = schemaPath.at(-1)!;
    const { type, codec, path_in_schema: pathInSchema } = meta;
    this.#decoder = {
      pathInSchema,
      type,
      codec,
      element,
      schemaPath,
      compressors: CODECS,
      parsers: PARSERS,
      utf8: false,
    };
    this.#flat = isFlatColumn(schemaPath);
    this.#at = Number(meta.dictionary_page_offset || meta.data_page_offset);
    this.#end = this.#at + Number(meta.total_compressed_size);
    this.#windowStart = this.#at;
    if (!(this.#at >= 0 && this.#end <= (source.byteLength ?? Infinity)))
      throw new Error('a column of no place in the file');
  }

  /**
   * Decodes pages until there is a whole row, and says how many there are; none at the end.
   * @throws {Error} when the pages are damaged
   */
  async available(): Promise<number> {
    for (;;) {
      const ended = this.#at >= this.#end;
      const whole = this.#flat || ended ? this.#rows.length : this.#rows.length - 1;
      if (whole > 0 || ended) return Math.max(0, whole);
      await this.#readPage();
    }
  }

  /** The next `count` of the {@link available} rows. */
  take(count: number): unknown[] {
    return this.#rows.splice(0, count);
  }

  async #readPage(): Promise<void> {
    const header = await this.#readHeader();
    const size = header.compressed_page_size;
    checkHeader(header, this.#meta, this.#end - this.#at);
    await this.#load(size);
    const offset = this.#at - this.#windowStart;
    const view = new DataView(this.#window.buffer, this.#window.byteOffset + offset, size);
    const previous = this.#flat ? undefined : this.#rows;
    const { data } = readPage({ view, offset: 0 }, header, this.#decoder, this.#dictionary, previous, 0);
    this.#at += size;
    if (header.type === 'DICTIONARY_PAGE') this.#dictionary = data && convert(data, this.#decoder);
    else if (data && data !== this.#rows) this.#append(data as ArrayLike<unknown>);
  }

  /** One by one: a page may have more values than a call has arguments. */
  #append(values: ArrayLike<unknown>): void {
    for (let i = 0; i < values.length; i++) this.#rows.push(values[i]);
  }

  /** A header has no length of its own, so it is read from ever more bytes until it fits. */
  async #readHeader(): Promise<PageHeader> {
    const left = this.#end - this.#at;
    for (let length = Math.min(left, WINDOW_BYTES); ; length = Math.min(left, 4 * length)) {
      await this.#load(length);
      const offset = this.#at - this.#windowStart;
      const reader = { view: new DataView(this.#window.buffer, this.#window.byteOffset), offset };
      try {
        const header = parquetHeader(reader);
        this.#at += reader.offset - offset;
        return header;
      } catch (error) {
        if (!(error instanceof RangeError) || length === left) throw error;
      }
    }
  }

  /** Makes the next `length` bytes part of the window. */
  async #load(length: number): Promise<void> {
    if (this.#at + length <= this.#windowStart + this.#window.length) return;
    const end = Math.min(this.#end, this.#at + Math.max(length, WINDOW_BYTES));
    this.#window = await this.#source.slice(this.#at, end);
    this.#windowStart = this.#at;
  }
}

/**
 * Checks that a page has no more than its column: hyparquet believes what a header says, and would go on for minutes and
 * gigabytes. Each comparison is false for a number that is missing, too.
 */
function checkHeader(header: PageHeader, meta: ColumnMetaData, left: number): void {
  const { compressed_page_size: size, uncompressed_page_size: unpacked, data_page_header_v2: v2 } = header;
  const values = (header.data_page_header ?? v2)?.num_values ?? 0;
  const fits =
    within(size, left) &&
    within(unpacked, meta.total_uncompressed_size) &&
    within(values, meta.num_values) &&
    // A dictionary may have words that the column does not use, each of a byte at least.
    within(header.dictionary_page_header?.num_values ?? 0, unpacked) &&
    (!v2 || (within(v2.num_nulls, values) && within(v2.num_rows, values) && levelsFit(v2, size)));
  if (!fits) throw new Error('a page of more than its column');
}

function within(value: number, most: number | bigint): boolean {
  return value >= 0 && value <= most;
}

function levelsFit(v2: NonNullable<PageHeader['data_page_header_v2']>, size: number): boolean {
  const [definitions, repetitions] = [v2.definition_levels_byte_length, v2.repetition_levels_byte_length];
  return definitions >= 0 && repetitions >= 0 && definitions + repetitions <= size;
}
