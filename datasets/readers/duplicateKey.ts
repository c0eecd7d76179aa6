/**
 * A key that an object in valid JSON text has twice, of which `JSON.parse` keeps the last in silence.
 *
 * @param value what `JSON.parse` makes of the text
 */
export function duplicateKey(text: string, value: object): string | undefined {
  // Counting is fast and settles nearly every row: each key ends in `":`, unless a space stands between.
  return countKeys(value) === countKeyEnds(text) ? undefined : findDuplicate(text);
}

function countKeys(value: object): number {
  const items: unknown[] = Object.values(value);
  let keys = Array.isArray(value) ? 0 : items.length;
  for (const item of items) if (typeof item === 'object' && item !== null) keys += countKeys(item);
  return keys;
}

function countKeyEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) count++;
  return count;
}

function findDuplicate(text: string): string | undefined {
  // The keys of the objects around the place that is read; null for an array.
  const open: (Set<string> | null)[] = [];
  const token = /["{}[\]]/g;
  const colon = /\s*:/y;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [mark] = found;
    if (mark === '{') open.push(new Set());
    else if (mark === '[') open.push(null);
    else if (mark !== '"') open.pop();
    else {
      const end = endOfString(text, found.index);
      colon.lastIndex = token.lastIndex = end;
      if (!colon.test(text)) continue;
      const name = JSON.parse(text.slice(found.index, end)) as string;
      const names = open.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

/** Where the JSON string that begins at `start` is over. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slash = quote;
    while (text[slash - 1] === '\\') slash--;
    if ((quote - slash) % 2 === 0) return quote + 1;
  }
}
