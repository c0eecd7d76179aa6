import { expect, test } from 'vitest';

import { passAtK } from '../../../src/loop/monitors/index.ts';

/** The definition itself: the share of all sets of k answers that hold a right one. */
function byCounting(correct: number, total: number, k: number): number {
  let [hits, sets] = [0, 0];
  for (let set = 0; set < 2 ** total; set++) {
    const bits = Array.from({ length: total }, (_, i) => (set >> i) & 1);
    if (bits.reduce((a, b) => a + b, 0) !== k) continue;
    sets += 1;
    if (bits.slice(0, correct).includes(1)) hits += 1;
  }
  return hits / sets;
}

test('pass@k is the share of sets of k answers with a right one among them', () => {
  for (let total = 1; total <= 8; total++) {
    for (let correct = 0; correct <= total; correct++) {
      for (let k = 1; k <= total; k++) {
        expect(passAtK([{ correct, total }], k)).toBeCloseTo(byCounting(correct, total, k), 12);
      }
    }
  }
});

test('prompts are averaged, those with too few answers left out', () => {
  const answers = [
    { correct: 1, total: 4 },
    { correct: 4, total: 4 },
    { correct: 1, total: 1 },
  ];
  expect(passAtK(answers, 2)).toBeCloseTo(0.75, 12);
  expect(passAtK(answers, 5)).toBeNaN();
});

test('thousands of answers do not overflow', () => {
  expect(passAtK([{ correct: 1, total: 5000 }], 2500)).toBeCloseTo(0.5, 10);
});

test.each([0, 1.5, -1])('k = %d is refused', (k) => {
  expect(() => passAtK([{ correct: 1, total: 2 }], k)).toThrow(RangeError);
});
