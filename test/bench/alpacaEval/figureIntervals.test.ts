import { expect, test } from 'vitest';

import { alpacaEvalFigures } from '../../../bench/alpacaEval/alpacaEvalFigures.ts';
import { figureIntervals } from '../../../bench/alpacaEval/figureIntervals.ts';
import type { Annotations } from '../../../bench/alpacaEval/readAnnotations.ts';

const annotations = (preferences: (number | null)[]): Annotations => ({
  rows: preferences.map((preference, at) => ({
    instruction: String(at),
    output_1: 'baseline'.repeat(at + 1),
    generator_1: 'base',
    output_2: 'x'.repeat(3 * at + 1),
    generator_2: 'mine',
    preference,
  })),
  model: 'mine',
  baseline: 'base',
  annotator: null,
  warnings: [],
});

test('draws of prompts that hold failed rows alone are left out of the intervals', () => {
  const given = annotations([1.2, 1.9, 1.4, 1.7, 1.1, ...Array.from({ length: 25 }, () => null)]);
  const figures = alpacaEvalFigures(given, { lengthControl: 'minimal' });
  const { win_rate: plain, length_controlled_winrate: controlled } = figureIntervals(given, figures, { seed: 1 });
  for (const [low, high] of [plain, controlled!]) {
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(100);
    expect(low).toBeLessThanOrEqual(high);
  }
  expect(plain[0]).toBeLessThan(figures.win_rate);
  expect(plain[1]).toBeGreaterThan(figures.win_rate);
});
