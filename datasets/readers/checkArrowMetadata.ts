import type { Field } from 'apache-arrow';
import { DataType } from 'apache-arrow';
import type { Block } from 'apache-arrow/fb/block';
import { DictionaryBatch } from 'apache-arrow/fb/dictionary-batch';
import type { Field as RawField } from 'apache-arrow/fb/field';
import { Footer } from 'apache-arrow/fb/footer';
import { MessageHeader } from 'apache-arrow/fb/message-header';
import { Message } from 'apache-arrow/fb/message';
import { RecordBatch } from 'apache-arrow/fb/record-batch';
import { Schema } from 'apache-arrow/fb/schema';
import { ByteBuffer } from 'flatbuffers';

/** Bytes that an entry of a vector takes: an offset, a node or buffer, a block of a footer. */
const [OFFSET, NODE, BLOCK] = [4, 16, 24];

/** Where a message lies in a file. */
export interface ArrowBlock {
  offset: number;
  metadataLength: number;
  bodyLength: number;
}

/**
 * Where an Arrow file's footer says that record batches and dictionaries are. What it counts must be able to be in its
 * bytes: apache-arrow believes counts, and would go on for minutes and gigabytes where a damaged one is large.
 *
 * @throws {Error} when it cannot
 */
export function arrowBlocks(bytes: Uint8Array): { batches: ArrowBlock[]; dictionaries: ArrowBlock[] } {
  const footer = Footer.getRootAsFooter(new ByteBuffer(bytes));
  const budget = new Budget(bytes.length);
  budget.spend(footer.recordBatchesLength(), BLOCK);
  budget.spend(footer.dictionariesLength(), BLOCK);
  budget.spend(footer.customMetadataLength(), OFFSET);
  checkSchema(footer.schema(), budget);
  return {
    batches: Array.from({ length: footer.recordBatchesLength() }, (_, at) => blockOf(footer.recordBatches(at))),
    dictionaries: Array.from({ length: footer.dictionariesLength() }, (_, at) => blockOf(footer.dictionaries(at))),
  };
}

function blockOf(block: Block | null): ArrowBlock {
  if (!block) throw new Error('a block is missing');
  return {
    offset: Number(block.offset()),
    metadataLength: block.metaDataLength(),
    bodyLength: Number(block.bodyLength()),
  };
}

/**
 * Checks that what the metadata of an Arrow message counts can be in its bytes, and that a record batch has the columns
 * of its schema, all of its length.
 *
 * @param bytes the metadata without the length in front of it
 * @param expected a record batch of these columns, or a schema; anything when it is left out
 * @returns rows of a record batch, values of a dictionary, 0 of a schema
 * @throws {Error} when it does not
 */
export function checkArrowMessage(bytes: Uint8Array, expected?: readonly Field[] | 'schema'): number {
  const message = Message.getRootAsMessage(new ByteBuffer(bytes));
  const budget = new Budget(bytes.length);
  budget.spend(message.customMetadataLength(), OFFSET);
  const kind = message.headerType();
  if (kind === MessageHeader.Schema && (expected === undefined || expected === 'schema')) {
    checkSchema(message.header(new Schema()) as Schema | null, budget);
    return 0;
  }
  if (kind === MessageHeader.RecordBatch && expected !== 'schema') {
    return checkBatch(message.header(new RecordBatch()) as RecordBatch | null, budget, expected);
  }
  if (kind === MessageHeader.DictionaryBatch && expected === undefined) {
    return checkBatch((message.header(new DictionaryBatch()) as DictionaryBatch | null)?.data() ?? null, budget);
  }
  throw new Error(`a message of another kind (${kind})`);
}

/** What may be counted before it is more than there is. */
class Budget {
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  spend(count: number, size: number): void {
    this.#bytes -= count * size;
    if (this.#bytes < 0) throw new Error('metadata that counts more than it holds');
  }
}

function checkSchema(schema: Schema | null, budget: Budget): void {
  if (!schema) throw new Error('no schema');
  budget.spend(schema.customMetadataLength(), OFFSET);
  budget.spend(schema.featuresLength(), OFFSET);
  budget.spend(schema.fieldsLength(), OFFSET);
  for (let at = 0; at < schema.fieldsLength(); at++) checkField(schema.fields(at), budget);
}

function checkField(field: RawField | null, budget: Budget): void {
  if (!field) throw new Error('a field is missing');
  budget.spend(field.customMetadataLength(), OFFSET);
  budget.spend(field.childrenLength(), OFFSET);
  for (let at = 0; at < field.childrenLength(); at++) checkField(field.children(at), budget);
}

function checkBatch(batch: RecordBatch | null, budget: Budget, fields?: readonly Field[]): number {
  if (!batch) throw new Error('a record batch without a head');
  budget.spend(batch.nodesLength(), NODE);
  budget.spend(batch.buffersLength(), NODE);
  budget.spend(batch.variadicBufferCountsLength(), 8);
  if (!fields) return Number(batch.length());
  let node = 0;
  for (const { name, type } of fields) {
    const length = batch.nodes(node)?.length();
    if (length !== batch.length()) {
      throw new Error(`the column "${name}" has ${length ?? 'no'} values in a record batch of ${batch.length()} rows`);
    }
    node += nodesOf(type);
  }
  if (node !== batch.nodesLength()) throw new Error('a record batch of other columns than its schema');
  return Number(batch.length());
}

/** Nodes that a column of a type has in a record batch: one each for itself and for what is nested in it. */
function nodesOf(type: DataType): number {
  if (DataType.isDictionary(type)) return 1;
  return (type.children ?? []).reduce((count, child) => count + nodesOf(child.type), 1);
}
