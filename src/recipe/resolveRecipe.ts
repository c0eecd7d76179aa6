import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

import { UserError } from '../base/userError.ts';
import { didYouMean } from '../base/closest.ts';
import { isRecipe, type Recipe } from './defineRecipe.ts';
import { EXTENSIONS, importUserFile } from './importUserFile.ts';

/** The recipes that come with the package, by name; each is loaded when it is asked for. */
export type BuiltinRecipes = Readonly<Record<string, () => Promise<{ default: unknown }>>>;

/**
 * Finds a recipe: one that comes with the package by its name, any other by the path of its file (`./mine.ts`). A file's
 * imports of `nashtune` and its subpaths mean this copy of the package.
 *
 * @throws {UserError} `recipe.unknown`, `recipe.missing`, `recipe.broken` (the file cannot be loaded) or
 * `recipe.notARecipe`
 */
export async function resolveRecipe(nameOrPath: string, builtins: BuiltinRecipes): Promise<Recipe> {
  if (Object.hasOwn(builtins, nameOrPath)) return asRecipe((await builtins[nameOrPath]!()).default, nameOrPath);
  const isPath = /[\\/]/.test(nameOrPath) || EXTENSIONS.includes(extname(nameOrPath));
  if (!isPath) throw unknownRecipe(nameOrPath, Object.keys(builtins));
  return asRecipe((await importUserFile(nameOrPath, 'recipe')).default, nameOrPath);
}

/** Names the content of a recipe's file, so that a run is not resumed by another one unnoticed; undefined for ours. */
export async function hashRecipeFile(nameOrPath: string, builtins: BuiltinRecipes): Promise<string | undefined> {
  if (Object.hasOwn(builtins, nameOrPath)) return undefined;
  return createHash('sha256')
    .update(await readFile(nameOrPath))
    .digest('hex')
    .slice(0, 16);
}

function unknownRecipe(name: string, names: readonly string[]): UserError {
  return new UserError(
    'recipe.unknown',
    `Unknown recipe "${name}".${didYouMean(name, names)} Recipes: ${names.join(', ')}. ` +
      'A recipe of your own is given as a path, such as ./my-recipe.ts.',
  );
}

function asRecipe(value: unknown, from: string): Recipe {
  if (isRecipe(value)) return value;
  const found = value === undefined ? 'no default export' : `a default export of type ${typeof value}`;
  throw new UserError(
    'recipe.notARecipe',
    `Recipe file "${from}": expected defineRecipe({ name, schema, run, ... }) as default export, found ${found}. ` +
      'Write "export default defineRecipe({ ... })"; "nashtune copy sppo" makes a file to start from.',
  );
}
