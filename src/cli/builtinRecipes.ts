import type { BuiltinRecipes } from '../recipe/resolveRecipe.ts';

/** The recipes of the package; loaded when asked for, as they pull in the engine. */
export const BUILTIN_RECIPES: BuiltinRecipes = {
  quickstart: () => import('../../recipes/quickstart.ts'),
  sppo: () => import('../../recipes/sppo.ts'),
};
