/** The number in a cell: itself, or its text, as in CSV. Anything else ("N/A", null, NaN) is undefined. */
export function numberIn(cell: unknown): number | undefined {
  const isNumeric =
    typeof cell === 'number' || typeof cell === 'bigint' || (typeof cell === 'string' && cell.trim() !== '');
  const value = isNumeric ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
