/** The first entries whose texts have at most `characters` together, so that a page stays small enough to open. */
export function withinCharacters<T>(entries: readonly T[], characters: number, textsOf: (entry: T) => string[]): T[] {
  let left = characters;
  const end = entries.findIndex((entry) => {
    left -= textsOf(entry).reduce((sum, text) => sum + text.length, 0);
    return left < 0;
  });
  return end === -1 ? [...entries] : entries.slice(0, end);
}
