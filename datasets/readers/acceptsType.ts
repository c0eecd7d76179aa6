import { DataType } from 'apache-arrow';

/** Whether values of type `found` can stand where `expected` is asked for: the kind counts, the width does not. */
export function accepts(expected: DataType, found: DataType): boolean {
  if (DataType.isDictionary(found)) return accepts(expected, found.dictionary);
  if (DataType.isUtf8(expected)) return DataType.isUtf8(found) || DataType.isLargeUtf8(found);
  if (DataType.isInt(expected)) return DataType.isInt(found);
  if (DataType.isFloat(expected)) return DataType.isFloat(found) || DataType.isInt(found);
  if (DataType.isList(expected)) {
    const isList = DataType.isList(found) || DataType.isLargeList(found) || DataType.isFixedSizeList(found);
    return isList && acceptsItem(expected, found);
  }
  if (!DataType.isStruct(expected) || !DataType.isStruct(found)) return false;
  return expected.children.every((field) => {
    const child = found.children.find(({ name }) => name === field.name);
    return child !== undefined && accepts(field.type, child.type);
  });
}

function acceptsItem(expected: DataType, found: DataType): boolean {
  const [want, have] = [expected.children?.[0], found.children?.[0]];
  return want !== undefined && have !== undefined && accepts(want.type, have.type);
}
