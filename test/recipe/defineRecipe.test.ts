import { expect, test } from 'vitest';
import { z } from 'zod';

import { defineRecipe, isRecipe } from '../../src/recipe/defineRecipe.ts';
import { tinyRecipe } from './tinyRecipe.ts';

test('a definition without examples gets an empty list', () => {
  const recipe = defineRecipe({
    name: 'a',
    summary: 'A.',
    schema: z.object({}),
    presets: {},
    run: async () => undefined,
  });
  expect(recipe.examples).toEqual([]);
});

test.each(['', 'two words', './path', '-dash'])(
  'the name "%s" is refused: a command line could not take it',
  (name) => {
    const define = (): unknown =>
      defineRecipe({ name, summary: '', schema: z.object({}), presets: {}, run: async () => undefined });
    expect(define).toThrow(TypeError);
  },
);

test('a recipe is told from other values by its parts', () => {
  expect(isRecipe(tinyRecipe)).toBe(true);
  expect(isRecipe({ ...tinyRecipe })).toBe(true);
  expect(isRecipe({ ...tinyRecipe, schema: {} })).toBe(false);
  expect(isRecipe({ ...tinyRecipe, run: undefined })).toBe(false);
  expect(isRecipe(null)).toBe(false);
  expect(isRecipe('tiny')).toBe(false);
});
