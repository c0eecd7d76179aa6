import { expect, test } from 'vitest';

import { roleAdvantages } from '../../losses/index.ts';

const of = (role: string, value: number): { role: string; value: number } => ({ role, value });

test('take off the old baseline of the role, then move it, in order', () => {
  const { advantages, baselines } = roleAdvantages(
    [of('first', 1), of('second', -1), of('first', 1)],
    {},
    { decay: 0.5 },
  );
  expect(advantages).toEqual([1, -1, 0.5]);
  expect(baselines).toEqual({ first: 0.75, second: -0.5 });
});

test('go on from the baselines of the batch before, which stay as they were', () => {
  const before = Object.freeze({ first: 0.5 });
  const { advantages, baselines } = roleAdvantages([of('first', 1), of('second', 1)], before, { decay: 0.75 });
  expect(advantages).toEqual([0.5, 1]);
  expect(baselines).toEqual({ first: 0.625, second: 0.25 });
  expect(before).toEqual({ first: 0.5 });
});

test('approach 0 on average for a role that always wins, and say nothing about the other', () => {
  const wins = Array.from({ length: 400 }, () => of('attacker', 1));
  const { advantages, baselines } = roleAdvantages(wins);
  expect(advantages[0]).toBe(1);
  expect(advantages.at(-1)).toBeLessThan(1e-6);
  expect(Object.keys(baselines)).toEqual(['attacker']);
});

test('keep every role apart, whatever it is called', () => {
  const { advantages } = roleAdvantages([of('__proto__', 1), of('constructor', 2)]);
  expect(advantages).toEqual([1, 2]);
});

test.each([0, 1, Number.NaN])('refuse decay %s', (decay) => {
  expect(() => roleAdvantages([], {}, { decay })).toThrow(RangeError);
  expect(() => roleAdvantages([], {}, { decay })).toThrow(
    `roleAdvantages: decay must be over 0 and below 1, got ${decay}.`,
  );
});

test('refuse a game without a result, naming the role', () => {
  expect(() => roleAdvantages([of('second', Number.NaN)])).toThrow(
    'roleAdvantages: expected finite returns, got NaN of role second.',
  );
});
