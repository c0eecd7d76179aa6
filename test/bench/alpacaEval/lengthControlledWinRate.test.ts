import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { lengthControlledWinRate } from '../../../bench/alpacaEval/lengthControlledWinRate.ts';
import { readLengthPrior } from '../../../bench/alpacaEval/readLengthPrior.ts';
import { winRate } from '../../../bench/alpacaEval/winRate.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

interface Glm {
  published_weights: number[];
  published_C_index: number;
  liblinear_weights_at_published_C: number[];
  lc_liblinear_by_C: number[];
  lc_se_at_published_C?: number;
  cv_stable: { C_index: number; lc: number };
  cv_introsort: { C_index: number; lc: number };
}
interface Model {
  missing: number[];
  preference: (number | null)[];
  len_2: number[];
  expected: Record<string, number>;
  glm?: Glm;
}

const shared = (name: string): string => fileURLToPath(new URL(`../../../../shared/vectors/${name}`, import.meta.url));
const parityFile = process.env['NASHTUNE_LC_FIXTURES'] ?? shared('lc_parity.json');
const priorFile = shared('lc_prior.json');
const asked = process.env['NASHTUNE_LC_FIXTURES'] !== undefined;

const plain = [
  'win_rate',
  'standard_error',
  'n_wins',
  'n_wins_base',
  'n_draws',
  'n_total',
  'discrete_win_rate',
] as const;

if (!asked && !(existsSync(parityFile) && existsSync(priorFile))) {
  test.skip(`published figures: ${parityFile} and lc_prior.json are not here`, () => undefined);
} else {
  const { models } = JSON.parse(await readFile(parityFile, 'utf8')) as { models: Record<string, Model> };
  const { prior, baselineLengths } = await readLengthPrior(priorFile);

  describe.each(Object.entries(models))('%s', (_name, { missing, preference, len_2, expected, glm }) => {
    const gone = new Set(missing);
    const rows = {
      preferences: preference,
      modelLengths: len_2,
      baselineLengths: baselineLengths!.filter((_, row) => !gone.has(row)),
    };

    test('win rate, standard error and counts are the published ones', () => {
      const figures = winRate(preference);
      for (const key of plain) expect(figures[key]).toBeCloseTo(expected[key]!, 9);
    });

    test.skipIf(!glm)('the model of length control is liblinear’s at every C, and the published one', () => {
      for (const [cIndex, lc] of glm!.lc_liblinear_by_C.entries()) {
        const fitted = lengthControlledWinRate(rows, { prior, cIndex });
        expect(fitted.length_controlled_winrate).toBeCloseTo(lc, 6);
      }
      const published = lengthControlledWinRate(rows, { prior, cIndex: glm!.published_C_index });
      const weights = [published.weights.length, published.weights.difficulty, published.weights.model];
      for (const [j, weight] of glm!.liblinear_weights_at_published_C.entries()) {
        expect(Math.abs(weights[j]! - weight)).toBeLessThan(1e-6);
      }
      const target = expected['length_controlled_winrate']!;
      expect(Math.abs(published.length_controlled_winrate - target)).toBeLessThan(0.01);
      if (glm!.lc_se_at_published_C !== undefined) {
        expect(published.lc_standard_error).toBeCloseTo(glm!.lc_se_at_published_C, 6);
      }
    });

    test.skipIf(!glm)('cross-validation chooses scikit-learn’s C, with either layout of folds', () => {
      for (const [folds, want] of [
        ['stable', glm!.cv_stable],
        ['published', glm!.cv_introsort],
      ] as const) {
        const { cIndex, length_controlled_winrate } = lengthControlledWinRate(rows, { prior, folds });
        expect({ folds, cIndex }).toEqual({ folds, cIndex: want.C_index });
        expect(length_controlled_winrate).toBeCloseTo(want.lc, 6);
      }
    });
  });
}

const few = { preferences: [1.2, 1.9, 1.5, null], modelLengths: [10, 400, 90, 30], baselineLengths: [90, 80, 100, 70] };

test('without anything known beforehand the win rate lies between 0 and 100', () => {
  const rows = {
    preferences: [...few.preferences, 1.1, 1.8],
    modelLengths: [...few.modelLengths, 50, 300],
    baselineLengths: [...few.baselineLengths, 95, 60],
  };
  const { length_controlled_winrate, weights } = lengthControlledWinRate(rows, { method: 'minimal' });
  expect(length_controlled_winrate).toBeGreaterThan(0);
  expect(length_controlled_winrate).toBeLessThan(100);
  expect(weights.difficulty).toBe(0);
});

test('fewer rows with a preference than folds are an error', async () => {
  const error = await userErrorOf(() => lengthControlledWinRate(few, { method: 'minimal' }));
  expect(error.code).toBe('lengthControl.fewRows');
  expect(error.message).toContain('found 3');
});

test('a missing prior, and one of fewer rows, is an error', async () => {
  expect((await userErrorOf(() => lengthControlledWinRate(few))).code).toBe('lengthControl.prior');
  const prior = { instructionDifficulty: new Float64Array(3), gamed: [] };
  expect((await userErrorOf(() => lengthControlledWinRate(few, { prior }))).message).toContain('one of 3 rows');
});

test('rows without any preference are an error', async () => {
  const rows = { preferences: [null], modelLengths: [1], baselineLengths: [2] };
  const error = await userErrorOf(() => lengthControlledWinRate(rows, { method: 'minimal' }));
  expect(error.code).toBe('lengthControl.noPreferences');
});
