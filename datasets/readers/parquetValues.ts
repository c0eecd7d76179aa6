import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { isListLike, isMapLike } from 'hyparquet/src/schema.js';

import { base64Text, dateText, decimalText, textOf, timeText, timestampText, type TimeUnit } from './plainValue.ts';

type Convert = (value: unknown) => unknown;

const UNITS = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' } as const;

/** How hyparquet makes values; what it would make lossy, {@link takeOverTypes} keeps from it. */
export const PARSERS: ParquetParsers = {
  ...DEFAULT_PARSERS,
  // Times of 96 bits, an old type which counts nanoseconds.
  timestampFromNanoseconds: (count) => timestampText(count, 'ns', false),
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && textOf(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && (JSON.parse(textOf(bytes)) as unknown),
};

/**
 * Makes hyparquet leave the values of some types as they are stored, and gives what turns those into plain values (see
 * plainValue.ts), by the element of their column: it makes dates of milliseconds and decimals of floating point, which
 * lose digits.
 */
export function takeOverTypes(schema: readonly SchemaElement[]): Map<SchemaElement, Convert> {
  const converts = new Map<SchemaElement, Convert>();
  for (const element of schema) {
    const convert = element.type === undefined ? undefined : convertOf(element);
    if (!convert) continue;
    converts.set(element, convert);
    delete element.converted_type;
    delete element.logical_type;
  }
  return converts;
}

function convertOf({ converted_type: old, logical_type: type, scale = 0 }: SchemaElement): Convert | undefined {
  if (type?.type === 'TIMESTAMP') {
    const { unit, isAdjustedToUTC } = type;
    return (count) => timestampText(BigInt(count as number | bigint), UNITS[unit], isAdjustedToUTC);
  }
  if (type?.type === 'TIME') return timeIn(UNITS[type.unit]);
  if (old === 'TIMESTAMP_MILLIS' || old === 'TIMESTAMP_MICROS') {
    const unit = old === 'TIMESTAMP_MILLIS' ? 'ms' : 'us';
    return (count) => timestampText(BigInt(count as number | bigint), unit, true);
  }
  if (old === 'TIME_MILLIS' || old === 'TIME_MICROS') return timeIn(old === 'TIME_MILLIS' ? 'ms' : 'us');
  if (old === 'DATE' || type?.type === 'DATE') return (days) => dateText(Number(days));
  if (old === 'DECIMAL' || type?.type === 'DECIMAL') return (value) => decimalText(unscaledOf(value), scale);
  if (old === 'ENUM' || type?.type === 'ENUM') return (bytes) => textOf(bytes as Uint8Array);
  return undefined;
}

function timeIn(unit: TimeUnit): Convert {
  return (count) => timeText(BigInt(count as number | bigint), unit);
}

/** An integer, or bytes of one that is signed, the highest first. */
function unscaledOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  if (value.length === 0) return 0n;
  return BigInt.asIntN(8 * value.length, BigInt(`0x${Buffer.from(value).toString('hex')}`));
}

/** What makes plain values of those of a column, however they are nested in it. */
export function plainOf(node: SchemaTree, converts: ReadonlyMap<SchemaElement, Convert>): Convert {
  const present = presentOf(node, converts);
  return (value) => (value === null || value === undefined ? null : present(value));
}

function presentOf(node: SchemaTree, converts: ReadonlyMap<SchemaElement, Convert>): Convert {
  const { children, element } = node;
  if (isListLike(node)) {
    const [repeated] = children;
    return listOf(plainOf(repeated!.children.length === 1 ? repeated!.children[0]! : repeated!, converts));
  }
  if (isMapLike(node)) {
    const value = plainOf(children[0]!.children[1]!, converts);
    return (map) => Object.fromEntries(Object.entries(map as object).map(([key, item]) => [key, value(item)]));
  }
  if (children.length === 0) {
    return converts.get(element) ?? ((value) => (value instanceof Uint8Array ? base64Text(value) : value));
  }
  const fields = children.map((child) => {
    const plain = plainOf(child, converts);
    return [child.element.name, child.element.repetition_type === 'REPEATED' ? listOf(plain) : plain] as const;
  });
  return (struct) => {
    const values = struct as Record<string, unknown>;
    return Object.fromEntries(fields.map(([name, plain]) => [name, plain(values[name])]));
  };
}

function listOf(plain: Convert): Convert {
  return (list) => Array.from((list ?? []) as ArrayLike<unknown>, plain);
}
