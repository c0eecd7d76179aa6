export { UserError } from './base/userError.ts';
export { defineRecipe } from './recipe/defineRecipe.ts';
export type { Partially, Recipe, RecipeContext, RecipeDefinition, RecipeSchema } from './recipe/defineRecipe.ts';
export { run, type RunOptions } from './recipe/run.ts';
