import { expect, test } from 'vitest';

import { bootstrapInterval } from '../../../bench/alpacaEval/bootstrapInterval.ts';
import { compareModels } from '../../../bench/alpacaEval/compareModels.ts';
import type { Annotations } from '../../../bench/alpacaEval/readAnnotations.ts';
import { randomStream } from '../../../src/base/seed.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

function annotations(model: string, preferences: (number | null)[], annotator = 'judge'): Annotations {
  const rows = preferences.map((preference, at) => ({
    instruction: String(at),
    output_1: 'b',
    generator_1: 'base',
    output_2: 'm',
    generator_2: model,
    annotator,
    preference,
  }));
  return { rows, model, baseline: 'base', annotator, warnings: [] };
}

test('a small difference on every prompt is told, where two win rates alone would not', () => {
  const random = randomStream(1, 'test');
  const base = Array.from({ length: 200 }, () => 1.1 + 0.8 * random.uniform());
  const better = base.map((preference) => preference + 0.02 * random.uniform());
  const { difference, interval, pValue, rows } = compareModels(annotations('a', better), annotations('b', base), {
    seed: 1,
  });
  expect(rows).toBe(200);
  expect(difference).toBeCloseTo(1, 0);
  expect(interval[0]).toBeGreaterThan(0);
  expect(pValue).toBeCloseTo(1 / 10_001, 10);
});

test('five wins in a row are one of 32 sign patterns on either side', () => {
  const { pValue } = compareModels(annotations('a', [2, 2, 2, 2, 2]), annotations('b', [1, 1, 1, 1, 1]), { seed: 1 });
  expect(Math.abs(pValue - 2 / 32)).toBeLessThan(0.008);
});

test('prompts whose annotation failed for either are left out and counted', () => {
  const { rows, left } = compareModels(annotations('a', [2, null, 1.5]), annotations('b', [1, 1, null, 2]), {
    seed: 1,
  });
  expect({ rows, left }).toEqual({ rows: 1, left: 3 });
});

test('other annotators and disjoint prompts are errors', async () => {
  const [a, b] = [annotations('a', [2]), annotations('b', [1], 'other')];
  expect((await userErrorOf(() => compareModels(a, b, { seed: 1 }))).message).toContain(
    'annotators "judge" and "other"',
  );
  const none = annotations('b', [null]);
  expect((await userErrorOf(() => compareModels(a, none, { seed: 1 }))).code).toBe('annotations.disjoint');
});

test('a bootstrap interval holds the mean of a sample about as often as it says', () => {
  const random = randomStream(2, 'test');
  let held = 0;
  for (let trial = 0; trial < 200; trial++) {
    const sample = Array.from({ length: 40 }, () => random.normal());
    const mean = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + sample[row]!, 0) / rows.length;
    const [low, high] = bootstrapInterval(sample.length, mean, { seed: trial, draws: 200 });
    if (low <= 0 && 0 <= high) held++;
  }
  expect(held / 200).toBeGreaterThan(0.88);
  expect(held / 200).toBeLessThan(0.99);
});
