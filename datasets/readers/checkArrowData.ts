import { DataType } from 'apache-arrow';
import type { Data } from 'apache-arrow';

/**
 * Checks that the buffers of a column fit each other, since damage could otherwise pass as shorter or other values.
 * @throws {Error} when they do not
 */
export function checkArrowData(name: string, data: Data): void {
  const { type, length } = data;
  if (DataType.isNull(type) || length === 0) return;
  const fits = bitmapFits(data) && (hasOffsets(type) ? offsetsFit(data) : valuesFit(data));
  if (!fits) throw new Error(`the buffers of the column "${name}" do not fit its ${length} values`);
  if (DataType.isDictionary(type)) for (const piece of data.dictionary?.data ?? []) checkArrowData(name, piece);
  for (const child of data.children) checkArrowData(name, child);
}

function hasOffsets(type: DataType): boolean {
  const text = DataType.isUtf8(type) || DataType.isLargeUtf8(type);
  const bytes = DataType.isBinary(type) || DataType.isLargeBinary(type);
  return text || bytes || DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type);
}

function bitmapFits({ nullBitmap, length, offset, nullCount }: Data): boolean {
  return nullCount <= 0 || (nullCount <= length && (nullBitmap?.length ?? 0) * 8 >= offset + length);
}

/** Offsets never fall, and end within what they point into. */
function offsetsFit({ valueOffsets, values, children, length }: Data): boolean {
  if (valueOffsets.length <= length || valueOffsets[0]! < 0) return false;
  for (let at = 0; at < length; at++) if (valueOffsets[at + 1]! < valueOffsets[at]!) return false;
  return Number(valueOffsets[length]) <= (children[0]?.length ?? (values as Uint8Array).length);
}

function valuesFit({ type, values, children, length, offset, stride, typeIds }: Data): boolean {
  if (DataType.isStruct(type)) return children.every((child) => child.length >= length);
  if (DataType.isFixedSizeList(type)) return children[0]!.length >= length * type.listSize;
  if (DataType.isUnion(type)) return typeIds.length >= length;
  const held = (values as { length: number } | undefined)?.length ?? 0;
  if (DataType.isBool(type)) return held * 8 >= offset + length;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return held >= 16 * length;
  return held >= length * stride;
}
