/**
 * The solution of a x = b by elimination with pivots; null where the matrix is singular.
 *
 * @param a [n][n]
 */
export function solveLinear(a: readonly (readonly number[])[], b: readonly number[]): number[] | null {
  const n = b.length;
  const rows = a.map((row, i) => [...row, b[i]!]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const top = rows[column]!;
    if (Math.abs(top[column]!) < Number.MIN_VALUE * 1e16) return null;
    for (let row = column + 1; row < n; row++) {
      const factor = rows[row]![column]! / top[column]!;
      for (let at = column; at <= n; at++) rows[row]![at]! -= factor * top[at]!;
    }
  }
  const x = Array.from({ length: n }, () => 0);
  for (let row = n - 1; row >= 0; row--) {
    const known = x.reduce((sum, value, at) => sum + (at > row ? rows[row]![at]! * value : 0), 0);
    x[row] = (rows[row]![n]! - known) / rows[row]![row]!;
  }
  return x.every(Number.isFinite) ? x : null;
}
