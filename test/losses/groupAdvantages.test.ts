import { describe, expect, test } from 'vitest';

import { groupMeanAdvantages, groupStdAdvantages, leaveOneOutAdvantages } from '../../losses/index.ts';

test('the group mean is taken off', () => {
  expect(groupMeanAdvantages([1, 0, 0, 3])).toEqual([0, -1, -1, 2]);
  expect(groupMeanAdvantages([5])).toEqual([0]);
});

test('the mean of the others is taken off, which is K/(K-1) times as much', () => {
  expect(leaveOneOutAdvantages([1, 0, 5])).toEqual([1 - 2.5, 0 - 3, 5 - 0.5]);
  expect(leaveOneOutAdvantages([1, 0, 0, 3])).toEqual(groupMeanAdvantages([1, 0, 0, 3]).map((a) => (4 / 3) * a));
});

test('deviations are measured by the sample deviation plus 1e-4', () => {
  // Deviations -1, 0, 1: variance (1 + 0 + 1) / 2 = 1.
  const [low, middle, high] = groupStdAdvantages([2, 3, 4]);
  expect(low).toBeCloseTo(-1 / 1.0001, 12);
  expect(middle).toBe(0);
  expect(high).toBeCloseTo(1 / 1.0001, 12);
});

test('equal rewards teach nothing, however they are scaled', () => {
  for (const advantages of [groupMeanAdvantages, leaveOneOutAdvantages, groupStdAdvantages]) {
    expect(advantages([7, 7, 7])).toEqual([0, 0, 0]);
  }
});

test('the scale of the rewards drops out of GRPO', () => {
  const [small, large] = [groupStdAdvantages([1, 2, 4]), groupStdAdvantages([100, 200, 400])];
  for (const [i, value] of large.entries()) expect(value).toBeCloseTo(small[i]!, 3);
});

describe.each([
  ['groupMeanAdvantages', groupMeanAdvantages, 1],
  ['leaveOneOutAdvantages', leaveOneOutAdvantages, 2],
  ['groupStdAdvantages', groupStdAdvantages, 2],
] as const)('%s', (name, advantages, least) => {
  test('sums to 0 and leaves its input as it is', () => {
    const rewards = Object.freeze([0.5, -2, 4, 4]);
    expect(advantages(rewards).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
  });

  test('refuses too few rewards and rewards that are none', () => {
    const few = (): unknown => advantages(Array.from({ length: least - 1 }, () => 1));
    expect(few).toThrow(RangeError);
    expect(few).toThrow(`${name}: expected rewards of at least ${least} responses, got ${least - 1}.`);
    expect(() => advantages([1, Number.NaN])).toThrow(`${name}: expected finite rewards, got NaN.`);
  });
});
