/** What nobody beats, and by how little that fails to hold. */
export interface NashMixture {
  /** Probability of each answer. */
  weights: number[];
  /** How much more than 1/2 the best opponent wins against the mixture: 0 up to rounding. */
  exploitability: number;
}

/** Preferences are read to 9 decimals. */
const UNIT = 1e9;

/**
 * A mixture of answers that wins at least half against every answer: the Nash equilibrium of the symmetric game in which
 * both sides pick an answer, the von Neumann winner of the preferences. Where there are several, one of them.
 *
 * Found by the simplex method on the game's linear program: maximize sum x with (P + 1) x <= 1, x >= 0. It counts in
 * whole numbers, exactly, as rounding errors mislead it where many preferences are equal; that is for tens of answers, not
 * for hundreds.
 *
 * @param matrix complete, P[i][j] + P[j][i] = 1
 * @throws {RangeError} when it is not
 */
export function nashMixture(matrix: readonly (readonly number[])[]): NashMixture {
  checkAntisymmetric(matrix);
  const weights = shares(maximizeSum(matrix.map((row) => row.map((p) => BigInt(Math.round((p + 1) * UNIT))))));
  return { weights, exploitability: exploitability(matrix, weights) };
}

/** How much more than 1/2 the best answer wins against a mixture of answers. */
export function exploitability(matrix: readonly (readonly number[])[], weights: readonly number[]): number {
  return Math.max(...matrix.map((row) => row.reduce((sum, p, j) => sum + p * weights[j]!, 0))) - 0.5;
}

function checkAntisymmetric(matrix: readonly (readonly number[])[]): void {
  if (matrix.length === 0) throw new RangeError('nashMixture: the matrix is empty.');
  for (const [i, row] of matrix.entries()) {
    if (row.length !== matrix.length) throw new RangeError(`nashMixture: row ${i} has ${row.length} entries.`);
    for (const [j, p] of row.entries()) {
      if (Math.abs(p + matrix[j]![i]! - 1) <= 1e-6) continue;
      throw new RangeError(`nashMixture: P[${i}][${j}] = ${p} and P[${j}][${i}] = ${matrix[j]![i]} do not sum to 1.`);
    }
  }
}

/** A simplex tableau of whole numbers, to be divided by `scale`. Its last row holds the reduced costs. */
interface Tableau {
  rows: bigint[][];
  scale: bigint;
  /** The variable of each row but the last: x first, then slacks. */
  basis: number[];
}

/**
 * Maximizes sum x with A x <= 1, x >= 0 for a positive square A: the start x = 0 is feasible.
 *
 * @returns x up to a common factor
 */
function maximizeSum(matrix: readonly (readonly bigint[])[]): bigint[] {
  const size = matrix.length;
  const slack = (i: number): bigint[] => zeros(size).with(i, 1n);
  const tableau: Tableau = {
    rows: [...matrix.map((row, i) => [...row, ...slack(i), 1n]), [...zeros(size).fill(-1n), ...zeros(size + 1)]],
    scale: 1n,
    basis: matrix.map((_, i) => size + i),
  };
  let stuck = false;
  for (let entering = enteringColumn(tableau, stuck); entering >= 0; entering = enteringColumn(tableau, stuck)) {
    const leaving = leavingRow(tableau, entering);
    stuck = tableau.rows[leaving]!.at(-1) === 0n;
    pivot(tableau, leaving, entering);
  }
  const x = zeros(size);
  tableau.basis.forEach((variable, row) => {
    if (variable < size) x[variable] = tableau.rows[row]!.at(-1)!;
  });
  return x;
}

/** The column of the lowest reduced cost, or after a step that gained nothing the first of a negative one (Bland's rule). */
function enteringColumn({ rows }: Tableau, stuck: boolean): number {
  const costs = rows.at(-1)!.slice(0, -1);
  if (stuck) return costs.findIndex((cost) => cost < 0n);
  let lowest = 0;
  for (const [column, cost] of costs.entries()) if (cost < costs[lowest]!) lowest = column;
  return costs[lowest]! < 0n ? lowest : -1;
}

/** The row that bounds the entering variable most; of equal ones that of the lowest variable. */
function leavingRow({ rows, basis }: Tableau, entering: number): number {
  let best = -1;
  for (const [row, variable] of basis.entries()) {
    const entry = rows[row]![entering]!;
    if (entry <= 0n) continue;
    if (best < 0) {
      best = row;
      continue;
    }
    // right / entry against the best row's, without dividing.
    const difference = rows[row]!.at(-1)! * rows[best]![entering]! - rows[best]!.at(-1)! * entry;
    if (difference < 0n || (difference === 0n && variable < basis[best]!)) best = row;
  }
  return best;
}

/** Integer pivoting: every division comes out even, as the entries are minors of the first tableau. */
function pivot(tableau: Tableau, row: number, column: number): void {
  const { rows, scale, basis } = tableau;
  const pivotRow = rows[row]!;
  const factor = pivotRow[column]!;
  for (const [i, values] of rows.entries()) {
    if (i === row) continue;
    const entry = values[column]!;
    rows[i] = values.map((value, j) => (value * factor - entry * pivotRow[j]!) / scale);
  }
  tableau.scale = factor;
  basis[row] = column;
}

/** Whole numbers as shares of their sum. */
function shares(values: readonly bigint[]): number[] {
  const sum = values.reduce((total, value) => total + value, 0n);
  return values.map((value) => Number((value << 60n) / sum) / 2 ** 60);
}

function zeros(count: number): bigint[] {
  return Array.from({ length: count }, () => 0n);
}
