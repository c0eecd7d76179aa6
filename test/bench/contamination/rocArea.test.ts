import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { rocArea } from '../../../bench/contamination/rocArea.ts';

const { roc } = JSON.parse(readFileSync(new URL('../../golden/benchVerbs.json', import.meta.url), 'utf8')) as {
  roc: { seen: number[]; unseen: number[]; area: number; interval: [low: number, high: number] };
};

test("the area and its interval are those of scikit-learn and DeLong's variance", () => {
  const { area, interval } = rocArea(roc.seen, roc.unseen);
  expect(area).toBeCloseTo(roc.area, 12);
  interval!.forEach((end, at) => expect(end).toBeCloseTo(roc.interval[at]!, 12));
  // The other way round it is the rest, and the interval lies mirrored.
  const turned = rocArea(roc.unseen, roc.seen);
  expect(turned.area).toBeCloseTo(1 - roc.area, 12);
  expect(turned.interval![0]).toBeCloseTo(1 - roc.interval[1], 12);
});

test('the area counts pairs that are in order, ties as half; one score tells no interval', () => {
  expect(rocArea([0.9, 0.5], [0.5, 0.1]).area).toBe(3.5 / 4);
  expect(rocArea([0.9, 0.5], [0.5, 0.1]).interval![1]).toBe(1);
  expect(rocArea([0.1], [0.9])).toEqual({ area: 0, interval: null });
});
