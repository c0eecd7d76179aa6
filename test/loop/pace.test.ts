import { expect, test } from 'vitest';

import { pace } from '../../src/loop/pace.ts';

test('the pace is that since the first call, and tells what is left', () => {
  let clock = 0;
  const follow = pace(() => clock);
  expect(follow(10, 100)).toBe('10/100');
  clock = 5000;
  expect(follow(20, 100)).toBe('20/100, 2.0/s, 40 s left');
  clock = 45_000;
  expect(follow(100, 100)).toBe('100/100, 2.0/s');
});

test('a high rate is told in whole numbers', () => {
  let clock = 0;
  const follow = pace(() => clock);
  follow(0, 10_000);
  clock = 2000;
  expect(follow(7001, 10_000)).toBe('7001/10000, 3501/s, 1 s left');
});

test('long times are told in minutes and hours', () => {
  let clock = 0;
  const follow = pace(() => clock);
  follow(0, 1000);
  clock = 1000;
  expect(follow(1, 1000)).toContain('17 min left');
  expect(follow(1, 10_000)).toContain('2 h 47 min left');
});
