import { expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { weightedDraw } from '../../src/base/weightedDraw.ts';

const ITEMS = ['a', 'b', 'c'];
const DRAWS = 6000;

/** How often each item is the first of `size` drawn. */
function shares(weights: readonly number[], size = 1): number[] {
  const counts = [0, 0, 0];
  for (let n = 0; n < DRAWS; n++) {
    const drawn = weightedDraw(ITEMS, (item) => weights[ITEMS.indexOf(item)]!, size, randomStream(1, 'draw', n));
    counts[ITEMS.indexOf(drawn[0]!)]! += 1;
  }
  return counts.map((count) => count / DRAWS);
}

test('the chance of an item is its share of the weights', () => {
  const found = shares([1, 2, 5]);
  [1 / 8, 2 / 8, 5 / 8].forEach((share, i) => expect(Math.abs(found[i]! - share)).toBeLessThan(0.02));
});

test('equal weights draw uniformly, and so do weights of 0', () => {
  for (const weights of [
    [3, 3, 3],
    [0, 0, 0],
  ]) {
    for (const share of shares(weights)) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.02);
  }
});

test('no item is drawn twice, and no more are drawn than there are', () => {
  const drawn = weightedDraw(ITEMS, () => 1, 5, randomStream(1, 'all'));
  expect([...drawn].sort()).toEqual(ITEMS);
});
