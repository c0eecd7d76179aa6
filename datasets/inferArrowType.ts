import { Bool, DataType, Field, Float64, Int64, List, Struct, Utf8 } from 'apache-arrow';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * The Arrow type that holds all `values` (missing ones aside): text, number (Float64), bigint (Int64), boolean, lists
 * and objects of these. A column without any value is text. Undefined when the values are of several kinds.
 */
export function inferArrowType(values: readonly unknown[]): DataType | undefined {
  const present = values.filter((value) => value !== null && value !== undefined);
  if (present.every((value) => typeof value === 'string')) return new Utf8();
  if (present.every((value) => typeof value === 'number')) return new Float64();
  if (present.every((value) => typeof value === 'boolean')) return new Bool();
  if (present.every((value) => typeof value === 'bigint')) return new Int64();
  if (present.every((value): value is unknown[] => Array.isArray(value))) {
    const item = inferArrowType(present.flat());
    return item && new List(new Field('item', item, true));
  }
  return present.every(isObject) ? inferStruct(present) : undefined;
}

function inferStruct(values: readonly Record<string, unknown>[]): Struct | undefined {
  const fields: Field[] = [];
  for (const name of new Set(values.flatMap((value) => Object.keys(value)))) {
    const type = inferArrowType(values.map((value) => value[name]));
    if (!type) return undefined;
    fields.push(new Field(name, type, true));
  }
  return new Struct(fields);
}

/** Whether a column of this type survives reading and writing unchanged. */
export function isPassable(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isPassable(type.dictionary);
  if (DataType.isList(type) || DataType.isStruct(type)) return type.children.every((field) => isPassable(field.type));
  return DataType.isUtf8(type) || DataType.isInt(type) || DataType.isFloat(type) || DataType.isBool(type);
}

/** Whether a value, or the lack of one, can be written as this type without a change, where {@link isPassable}. */
export function fitsArrowType(value: unknown, type: DataType): boolean {
  if (value === null || value === undefined) return true;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return typeof value === 'string';
  if (DataType.isBool(type)) return typeof value === 'boolean';
  if (DataType.isInt(type)) return typeof value === (type.bitWidth === 64 ? 'bigint' : 'number');
  if (DataType.isFloat(type)) return typeof value === 'number';
  if (DataType.isList(type)) {
    return Array.isArray(value) && value.every((item) => fitsArrowType(item, type.children[0]!.type));
  }
  if (!DataType.isStruct(type) || !isObject(value)) return false;
  return Object.entries(value).every(([name, item]) => {
    const field = type.children.find((child) => child.name === name);
    return field !== undefined && fitsArrowType(item, field.type);
  });
}
