/** JSON of a row as readers give it: integers of 64 bits as numbers, or as text where a number would be another. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // The way for bigints takes three times as long.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? exact(item) : item));
  }
}

function exact(integer: bigint): number | string {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : String(integer);
}
