import { expect, test } from 'vitest';

import { cycleDetection } from '../../../src/loop/monitors/index.ts';

/** Five players on a ring: each beats the next two. */
const beats = (i: number, j: number): boolean => (j - i + 5) % 5 <= 2 && i !== j;

test('the cyclic game is a circle, in the direction of the wins', () => {
  const game = [
    [0.5, 0.9, 0.2],
    [0.1, 0.5, 0.9],
    [0.8, 0.1, 0.5],
  ];
  expect(cycleDetection(game)).toEqual({ share: 1, cycles: [[0, 1, 2]] });
  const turned = game.map((_, i) => game.map((row) => row[i]!));
  expect(cycleDetection(turned)).toEqual({ share: 1, cycles: [[0, 2, 1]] });
});

test('iterates that only improve make none, and unknown pairs close none', () => {
  const size = 5;
  const improving = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? 0.5 : i > j ? 0.7 : 0.3)),
  );
  expect(cycleDetection(improving)).toEqual({ share: 0, cycles: [] });
  const unknown = [
    [0.5, 0.9, null],
    [0.1, 0.5, 0.9],
    [null, 0.1, 0.5],
  ];
  expect(cycleDetection(unknown)).toEqual({ share: NaN, cycles: [] });
});

test('the share is that of the triples listed', () => {
  const matrix = Array.from({ length: 5 }, (_, i) =>
    Array.from({ length: 5 }, (__, j) => (i === j ? 0.5 : beats(i, j) ? 0.8 : 0.2)),
  );
  const { share, cycles } = cycleDetection(matrix);
  expect(cycles).toHaveLength(5);
  expect(share).toBe(5 / 10);
  for (const [a, b, c] of cycles) expect([beats(a, b), beats(b, c), beats(c, a)]).toEqual([true, true, true]);
});
