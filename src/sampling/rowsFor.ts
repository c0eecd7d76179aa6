/** Rows that `count` responses or prompts take, at most `most`: powers of two, so that few sizes are compiled. */
export function rowsFor(count: number, most: number): number {
  return Math.min(most, 2 ** Math.ceil(Math.log2(count)));
}
