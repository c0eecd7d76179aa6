import { expect, test } from 'vitest';

import { benchJudge } from '../../../bench/judge/benchJudge.ts';
import { judgePairs } from '../../../bench/judge/judgePairs.ts';
import { worldJudgePairs } from '../../../bench/judge/worldJudgePairs.ts';
import { createLengthVerifier, type Judge } from '../../../src/judges/index.ts';
import { hiddenPreference } from '../../../src/world/hiddenPreference.ts';

const PAIRS = worldJudgePairs({ seed: 1, each: 10 });

/** A judge that gives the same of whatever it is asked. */
const constant = (pFirst: number): Judge => ({
  id: 'constant',
  compare: (items) => Promise.resolve(items.map(() => ({ pFirst, orders: { ab: pFirst, ba: 0.5 } }))),
  dispose: () => {},
});

test('pairs of the world are labelled by its hidden rule, and the same for the same seed', () => {
  expect(PAIRS.length).toBeGreaterThan(50);
  for (const { prompt, chosen, rejected } of PAIRS) {
    expect(hiddenPreference(prompt[0]!.content, chosen, rejected)).toBeGreaterThan(0.5);
  }
  expect(worldJudgePairs({ seed: 1, each: 10 })).toEqual(PAIRS);
  expect(worldJudgePairs({ seed: 2, each: 10 })).not.toEqual(PAIRS);
});

test('a judge that always takes the first place gains nothing, as the better answer stands at either', async () => {
  const pairs = worldJudgePairs({ seed: 1 });
  const { overall, position, calibration } = await benchJudge(constant(0.9), pairs, { seed: 1, again: 0 });
  expect(overall.interval!.low < 0.5 && overall.interval!.high > 0.5, String(overall.accuracy)).toBe(true);
  expect(position!.bias).toBeCloseTo(0.2, 12);
  expect(calibration!.ece).toBeGreaterThan(0.25);
});

test('places do not change the verdict of a judge that does not look at them', async () => {
  const judge = createLengthVerifier({ min: 1000 });
  const direct = await judge.compare(PAIRS.map(({ chosen: a, rejected: b, ...item }) => ({ ...item, a, b })));
  const placed = await judgePairs(judge, PAIRS, 1);
  expect(placed.map(({ pFirst }) => pFirst)).toEqual(direct.map(({ pFirst }) => pFirst));
});

test.each([NaN, 1.5, -0.1])('a probability of %d is a failure, neither a win nor a loss', async (p) => {
  const { overall, calibration, errors } = await benchJudge(constant(p), PAIRS, { seed: 1, again: 5 });
  expect(overall).toMatchObject({ right: 0, wrong: 0, ties: 0, failed: PAIRS.length, accuracy: null });
  expect(calibration).toBeNull();
  expect(errors).toEqual({ [`the judge gave ${p} for a probability`]: PAIRS.length });
});

test('equal answers tie', async () => {
  const pairs = PAIRS.map((pair) => ({ ...pair, rejected: pair.chosen }));
  const { overall, length } = await benchJudge(createLengthVerifier({ max: 10 }), pairs, { seed: 1, again: 0 });
  expect(overall).toMatchObject({ ties: pairs.length, failed: 0 });
  expect(length).toMatchObject({ longerPreferred: null, longerBetter: null });
});
