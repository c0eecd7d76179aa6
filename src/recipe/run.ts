import type { z } from 'zod';

import type { Partially, Recipe, RecipeSchema } from './defineRecipe.ts';
import { resolveConfig } from './resolveConfig.ts';
import { runRecipe, type RunRecipeOptions } from './runRecipe.ts';

export interface RunOptions<Schema extends RecipeSchema> extends Omit<RunRecipeOptions, 'json'> {
  /** Options that differ from the recipe's defaults, or from its preset's. */
  config?: Partially<z.input<Schema>> | undefined;
  /** One of the recipe's presets. */
  preset?: string | undefined;
}

/**
 * Runs a recipe as `nashtune run` does, without printing.
 *
 * @returns what the recipe gave to `context.result`
 * @throws {UserError} when the configuration does not fit, or the input or the output folder is at fault
 * @example
 * const result = await run(recipe, { config: { rounds: 2 }, out: 'runs/mine' });
 */
export async function run<Schema extends RecipeSchema>(
  recipe: Recipe<Schema>,
  options: RunOptions<Schema>,
): Promise<object> {
  const { config, preset, ...rest } = options;
  return runRecipe(recipe, await resolveConfig(recipe, { preset, values: config }), rest);
}
