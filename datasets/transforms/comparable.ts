/**
 * A value in the one form that all values which say the same have, as JSON can hold it: runs of whitespace are one space,
 * whitespace at the ends is none, and characters are composed (NFC).
 */
export function comparable(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC').replace(/\s+/gu, ' ').trim();
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value === 'bigint') return { integer: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { fields: entries.map(([name, item]) => [name, comparable(item)]) };
}
