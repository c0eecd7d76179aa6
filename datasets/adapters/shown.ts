/** Characters of a value that a message has room for. */
const ROOM = 40;

/** A value in a fault's sentence: its JSON, cut. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // 64-bit integers, as Parquet has them, also inside lists.
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
  if (text === undefined) return typeof value;
  return text.length > ROOM ? `${text.slice(0, ROOM)}...` : text;
}
