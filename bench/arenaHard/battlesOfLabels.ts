/** Points of the answer shown first, A, one for each battle that a label stands for. */
const POINTS: Record<string, readonly number[]> = {
  'A>>B': [1, 1, 1],
  'A>B': [1],
  'A=B': [0.5],
  'A<B': [0],
  'A<<B': [0, 0, 0],
  'B>>A': [0, 0, 0],
  'B>A': [0],
  'B=A': [0.5],
  'B<A': [1],
  'B<<A': [1, 1, 1],
};

/** Whether a judge can have given this label. */
export function isLabel(label: string): boolean {
  return Object.hasOwn(POINTS, label);
}

/**
 * The scores of the model in the battles of two games: the model is B in the first, A in the second. A clear verdict (>>)
 * is three battles; a game without verdict is none.
 *
 * @throws {RangeError} for a label that is none
 * @see Li et al. 2024, arXiv:2406.11939, section 5; `show_result.py` of https://github.com/lmarena/arena-hard-auto
 * @example battlesOfLabels(['B>>A', 'A=B']) // [0.5, 1, 1, 1]
 */
export function battlesOfLabels([first, second]: readonly [string | null, string | null]): number[] {
  return [...pointsOf(second), ...pointsOf(first).map((points) => 1 - points)];
}

function pointsOf(label: string | null): readonly number[] {
  if (label === null) return [];
  if (!isLabel(label)) throw new RangeError(`battlesOfLabels: "${label}" is no verdict of Arena-Hard.`);
  return POINTS[label]!;
}
