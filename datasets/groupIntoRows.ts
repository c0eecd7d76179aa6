/**
 * Puts items into rows of a fixed length by first-fit, the longest first (Johnson 1973: at most 11/9 of the fewest rows,
 * and 6/9 of one more).
 *
 * @param sizes length of each item, none above `rowLength`
 * @returns indices of the items in each row; the same sizes give the same rows
 */
export function groupIntoRows(sizes: readonly number[], rowLength: number): number[][] {
  const longestFirst = sizes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const rows: { free: number; items: number[] }[] = [];
  for (const item of longestFirst) {
    const size = sizes[item]!;
    if (size > rowLength) throw new RangeError(`groupIntoRows: item ${item} has ${size} of ${rowLength} tokens.`);
    let row = rows.find(({ free }) => free >= size);
    if (!row) {
      row = { free: rowLength, items: [] };
      rows.push(row);
    }
    row.free -= size;
    row.items.push(item);
  }
  return rows.map(({ items }) => items);
}
