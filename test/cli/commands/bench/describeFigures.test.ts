import { expect, test } from 'vitest';

import { alpacaEvalFigures, annotationCost, figureIntervals } from '../../../../bench/index.ts';
import { describeFigures } from '../../../../src/cli/commands/bench/describeFigures.ts';

const described = (preferences: readonly number[]): string => {
  const rows = preferences.map((preference, at) => ({
    instruction: String(at),
    output_1: 'a',
    generator_1: 'base',
    output_2: 'b',
    generator_2: 'mine',
    preference,
  }));
  const annotations = { rows, model: 'mine', baseline: 'base', annotator: null, warnings: [] };
  const figures = alpacaEvalFigures(annotations);
  return describeFigures(figures, figureIntervals(annotations, figures, { seed: 1 }), annotationCost(rows));
};

test('one prompt has a win rate and no standard error', () => {
  expect(described([2])).not.toContain('NaN');
  expect(described([2])).not.toContain('standard error');
});

test('more prompts have both', () => {
  expect(described([1, 2, 2, 1])).toContain('win rate                    50.00% (95%: ');
  expect(described([1, 2, 2, 1])).toContain('standard error 28.87');
});
