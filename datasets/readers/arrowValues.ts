import { DataType, DateUnit, Vector } from 'apache-arrow';
import type { Data, Decimal, Dictionary, Field, RecordBatch } from 'apache-arrow';

import { checkArrowData } from './checkArrowData.ts';
import { base64Text, dateText, decimalText, textOf, timeText, timestampText } from './plainValue.ts';
import type { TimeUnit } from './plainValue.ts';

type ValueAt = (index: number) => unknown;

/** Arrow's units of time, by their number. */
const UNITS: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];

/**
 * Rows of a record batch as plain objects (see plainValue.ts), one at a time.
 * @throws {Error} when its buffers contradict each other
 */
export function* plainRows(batch: RecordBatch): Generator<Record<string, unknown>> {
  if (batch.numRows === 0) return;
  const columns = batch.schema.fields.map(({ name }, at) => {
    const data = batch.data.children[at];
    if (!data || data.length < batch.numRows) throw new Error(`the column "${name}" is shorter than its record batch`);
    checkArrowData(name, data);
    return [name, valuesOf(data)] as const;
  });
  for (let row = 0; row < batch.numRows; row++) {
    yield Object.fromEntries(columns.map(([name, valueAt]) => [name, valueAt(row)]));
  }
}

/** The columns whose type has no plain value, each with its type. */
export function unreadableColumns(fields: readonly Field[]): string[] {
  return fields
    .filter(({ type }) => !isReadable(type))
    .map(({ name, type }) => `column "${name}" is ${type.toString()}`);
}

function isReadable(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isReadable(type.dictionary);
  if (DataType.isUnion(type) || DataType.isInterval(type)) return false;
  return (type.children ?? []).every((child) => isReadable(child.type));
}

function valuesOf(data: Data): ValueAt {
  if (DataType.isNull(data.type)) return () => null;
  const present = presentValuesOf(data);
  return (index) => (data.getValid(index) ? present(index) : null);
}

function presentValuesOf(data: Data): ValueAt {
  const { type } = data;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return (index) => textOf(bytesAt(data, index));
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return (index) => base64Text(bytesAt(data, index));
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    const { valueOffsets } = data;
    return listsOf(data, (index) => [Number(valueOffsets[index]), Number(valueOffsets[index + 1])]);
  }
  if (DataType.isFixedSizeList(type)) {
    const { listSize } = type;
    return listsOf(data, (index) => [index * listSize, (index + 1) * listSize]);
  }
  if (DataType.isStruct(type)) return structsOf(data);
  if (DataType.isMap(type)) return mapsOf(data);
  if (DataType.isDictionary(type)) return dictionaryOf(data as Data<Dictionary>);
  return leavesOf(data);
}

function bytesAt({ values, valueOffsets }: Data, index: number): Uint8Array {
  return values.subarray(Number(valueOffsets[index]), Number(valueOffsets[index + 1])) as Uint8Array;
}

function listsOf(data: Data, span: (index: number) => [number, number]): ValueAt {
  const item = valuesOf(data.children[0]!);
  return (index) => {
    const [start, end] = span(index);
    return Array.from({ length: end - start }, (_, at) => item(start + at));
  };
}

function structsOf(data: Data): ValueAt {
  const fields = data.type.children.map(({ name }, at) => [name, valuesOf(data.children[at]!)] as const);
  return (index) => Object.fromEntries(fields.map(([name, valueAt]) => [name, valueAt(index)]));
}

function mapsOf(data: Data): ValueAt {
  const [keys, values] = data.children[0]!.children.map((child) => valuesOf(child));
  return (index) => {
    const entries: [string, unknown][] = [];
    for (let at = Number(data.valueOffsets[index]); at < Number(data.valueOffsets[index + 1]); at++) {
      entries.push([String(keys!(at)), values!(at)]);
    }
    return Object.fromEntries(entries);
  };
}

/** A dictionary may come in several pieces. */
function dictionaryOf(data: Data<Dictionary>): ValueAt {
  const pieces = data.dictionary!.data.map((piece) => ({ length: piece.length, valueAt: valuesOf(piece) }));
  return (index) => {
    let at = Number(data.values[index]);
    for (const { length, valueAt } of pieces) {
      if (at < length) return valueAt(at);
      at -= length;
    }
    throw new Error('an index points beyond its dictionary');
  };
}

function leavesOf(data: Data): ValueAt {
  const { type, values } = data;
  // What values[index] of apache-arrow is: 64-bit counts are bigints, smaller ones numbers.
  if (DataType.isTimestamp(type)) {
    const [unit, utc] = [UNITS[type.unit]!, Boolean(type.timezone)];
    return (index) => timestampText(BigInt(values[index]), unit, utc);
  }
  if (DataType.isTime(type)) {
    const unit = UNITS[type.unit]!;
    return (index) => timeText(BigInt(values[index]), unit);
  }
  if (DataType.isDate(type)) {
    const perDay = type.unit === DateUnit.DAY ? 1 : 86_400_000;
    return (index) => dateText(Math.floor(Number(values[index]) / perDay));
  }
  if (DataType.isDecimal(type)) return decimalsOf(data as Data<Decimal>);
  const vector = new Vector([data]);
  if (DataType.isBinaryView(type) || DataType.isFixedSizeBinary(type)) {
    return (index) => base64Text(vector.get(index) as Uint8Array);
  }
  return (index) => vector.get(index) as unknown;
}

/** A decimal is a signed integer of several 32-bit words, the lowest first. */
function decimalsOf({ type, values, stride }: Data<Decimal>): ValueAt {
  return (index) => {
    let unscaled = 0n;
    for (let at = stride - 1; at >= 0; at--) unscaled = (unscaled << 32n) | BigInt(values[index * stride + at]!);
    return decimalText(BigInt.asIntN(32 * stride, unscaled), type.scale);
  };
}
