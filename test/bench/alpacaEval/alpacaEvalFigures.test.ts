import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { alpacaEvalFigures, codePoints } from '../../../bench/alpacaEval/alpacaEvalFigures.ts';
import { readAnnotations, type Annotations } from '../../../bench/alpacaEval/readAnnotations.ts';
import { readLengthPrior } from '../../../bench/alpacaEval/readLengthPrior.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const shared = (name: string): string => fileURLToPath(new URL(`../../../../shared/${name}`, import.meta.url));
const real = shared('data/alpaca_eval/alpaca-7b.annotations.json');
const priorFile = shared('vectors/lc_prior.json');
const skip = [real, priorFile].every((path) => existsSync(path)) ? '' : ` (${real} and ${priorFile} are not here)`;

test.skipIf(skip)(`the real annotations of alpaca-7b give its row of the leaderboard${skip}`, async () => {
  const prior = await readLengthPrior(priorFile);
  const figures = alpacaEvalFigures(await readAnnotations(real), { prior });
  expect(figures).toMatchObject({
    model: 'alpaca-7b',
    baseline: 'gpt4_1106_preview',
    annotator: 'weighted_alpaca_eval_gpt4_turbo',
    n_wins: 17,
    n_wins_base: 785,
    n_draws: 3,
    n_total: 805,
    avg_length: 396,
  });
  expect(figures.win_rate).toBeCloseTo(2.591450540223603, 9);
  expect(figures.standard_error).toBeCloseTo(0.4870855382635108, 9);
  expect(figures.discrete_win_rate).toBeCloseTo(2.298136645962733, 9);
  expect(Math.abs(figures.length_controlled_winrate! - 5.875487163278986)).toBeLessThan(0.01);
  const sizes = Object.fromEntries(figures.categories.map(({ dataset, n_total }) => [dataset, n_total]));
  expect(sizes).toEqual({ selfinstruct: 252, oasst: 188, koala: 156, helpful_base: 129, vicuna: 80 });
});

test.skipIf(skip)(`rows in another order are refused, for a difficulty belongs to a position${skip}`, async () => {
  const prior = await readLengthPrior(priorFile);
  const annotations = await readAnnotations(real);
  annotations.rows.reverse();
  const { code, message } = await userErrorOf(() => alpacaEvalFigures(annotations, { prior }));
  expect(code).toBe('lengthPrior.otherRows');
  expect(message).toContain('in its order');
});

const annotations = (model: string, preferences: (number | null)[]): Annotations => ({
  rows: preferences.map((preference, at) => ({
    instruction: String(at),
    output_1: 'baseline'.repeat(at + 1),
    generator_1: 'base',
    output_2: '😀'.repeat(3 * at + 1),
    generator_2: model,
    dataset: at % 2 === 0 ? 'even' : 'odd',
    preference,
  })),
  model,
  baseline: 'base',
  annotator: null,
  warnings: [],
});

test('without a prior there is a win rate and no length control', () => {
  const figures = alpacaEvalFigures(annotations('mine', [1.5, 2, 1, null]));
  expect(figures).toMatchObject({ win_rate: 50, n_total: 3, length_controlled_winrate: null, lengthControl: null });
  expect(figures.categories.map(({ dataset, n_total }) => [dataset, n_total])).toEqual([
    ['even', 2],
    ['odd', 1],
  ]);
});

test('lengths are code points, their mean cut to a whole number, of all outputs where those are given', () => {
  expect(codePoints('a😀\uD83D')).toBe(3);
  expect(alpacaEvalFigures(annotations('mine', [1, 2])).avg_length).toBe(2);
  expect(alpacaEvalFigures(annotations('mine', [1, 2]), { outputs: ['😀'.repeat(10)] }).avg_length).toBe(10);
});

test('a model against itself has 50 by definition', () => {
  const figures = alpacaEvalFigures(annotations('base', [1.2, 1.9]), { lengthControl: 'minimal' });
  expect(figures).toMatchObject({ length_controlled_winrate: 50, lc_standard_error: 0 });
});

test('length control without a prior says that its figure stands alone', () => {
  const { warnings } = alpacaEvalFigures(annotations('mine', [1.2, 1.9, 1.4, 1.7, 1.1]), { lengthControl: 'minimal' });
  expect(warnings[0]).toBe('length control "minimal" cannot be compared with the leaderboard\'s');
});
