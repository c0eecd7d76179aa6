/** How groups are dealt to folds; see {@link foldsOf}. */
export type FoldLayout = 'stable' | 'published';

const SMALL = 16;

/**
 * The fold of each of `count` groups of equal size, as scikit-learn's GroupKFold deals them: sorted by size, reversed, each
 * to the fold with the fewest rows. Equal sizes leave the order to the sort: `stable` is that of scikit-learn 1.8 and newer;
 * `published` that of NumPy's introsort without AVX-512, which the published figures were most likely made with.
 *
 * @returns [count], numbers from 0 to folds - 1
 */
export function foldsOf(count: number, folds: number, layout: FoldLayout): Uint8Array {
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  if (layout === 'published') introsortOfEqual(order);
  const result = new Uint8Array(count);
  order.reverse().forEach((group, at) => (result[group] = at % folds));
  return result;
}

/** What NumPy's `argsort(kind='quicksort')` makes of the indices of a constant array: only the swaps of partitioning. */
function introsortOfEqual(order: Uint32Array): void {
  const swap = (a: number, b: number): void => {
    [order[a], order[b]] = [order[b]!, order[a]!];
  };
  const waiting: [number, number][] = [[0, order.length - 1]];
  for (let range = waiting.pop(); range; range = waiting.pop()) {
    let [left, right] = range;
    while (right - left > SMALL) {
      const middle = left + ((right - left) >> 1);
      let [i, j] = [left, right - 1];
      swap(middle, j);
      for (;;) {
        // All are equal to the pivot, so that both pointers stop at each step.
        i++;
        j--;
        if (i >= j) break;
        swap(i, j);
      }
      swap(i, right - 1);
      if (i - left < right - i) {
        waiting.push([i + 1, right]);
        right = i - 1;
      } else {
        waiting.push([left, i - 1]);
        left = i + 1;
      }
    }
  }
}
