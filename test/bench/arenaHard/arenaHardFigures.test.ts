import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { arenaHardFigures } from '../../../bench/arenaHard/arenaHardFigures.ts';
import { battlesOfLabels } from '../../../bench/arenaHard/battlesOfLabels.ts';
import { styleControl } from '../../../bench/arenaHard/styleControl.ts';

interface Golden {
  battles: { model: string; prompt: string; score: number; style: number[]; baseline: number[] }[];
  elo: Record<string, number>;
  style: { winRates: Record<string, number>; weights: number[] };
}
const golden = JSON.parse(readFileSync(new URL('../../golden/benchVerbs.json', import.meta.url), 'utf8')) as Golden;
const styleOf = ([length, headers, lists, bold]: number[]) => {
  return { length: length!, headers: headers!, lists: lists!, bold: bold! };
};
const battles = golden.battles.map(({ model, prompt, score, style, baseline }) => {
  return { model, baseline: 'base', prompt, score, style: styleOf(style), baselineStyle: styleOf(baseline) };
});

test('ratings are those of scikit-learn without a penalty', () => {
  for (const { model, elo } of arenaHardFigures(battles, { seed: 1 }).rows) {
    expect(Math.abs(elo - golden.elo[model]!)).toBeLessThan(1e-3);
  }
});

test('style control is the optimum that scipy finds', () => {
  const { winRates, weights } = styleControl(battles);
  for (const [model, rate] of Object.entries(golden.style.winRates)) expect(winRates[model]).toBeCloseTo(rate, 6);
  Object.values(weights).forEach((weight, at) => expect(weight).toBeCloseTo(golden.style.weights[at]!, 5));
});

test('with one model the rating is the logit of the win rate, inside its interval', () => {
  const [row] = arenaHardFigures(
    battles.filter(({ model }) => model === 'weak'),
    { seed: 1 },
  ).rows;
  const { score, winRate, elo, winRateInterval } = row!;
  expect(winRate).toBeCloseTo(score, 6);
  expect((elo - 1000) / 400).toBeCloseTo(Math.log10(score / (1 - score)), 6);
  expect(winRateInterval[0]).toBeLessThan(score);
  expect(winRateInterval[1]).toBeGreaterThan(score);
});

test('a clear verdict is three battles, the second game has the places swapped, and no verdict is none', () => {
  expect(battlesOfLabels(['B>>A', 'A=B'])).toEqual([0.5, 1, 1, 1]);
  expect(battlesOfLabels(['A>B', 'B>A'])).toEqual([0, 0]);
  expect(battlesOfLabels([null, 'A>B'])).toEqual([1]);
  expect(() => battlesOfLabels(['A', null])).toThrow(RangeError);
});
