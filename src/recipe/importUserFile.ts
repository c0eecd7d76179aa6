import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { UserError } from '../base/userError.ts';
import { enableRecipeImports } from './moduleHooks.ts';

/** Endings of files that can be imported. */
export const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Imports a file of the user's, in TypeScript or JavaScript. Its imports of `nashtune` and its subpaths mean this copy of the
 * package.
 *
 * @param what names the file in messages
 * @throws {UserError} `<what>.missing` or `<what>.broken` (the file cannot be loaded)
 */
export async function importUserFile(path: string, what: 'recipe' | 'judge'): Promise<{ default?: unknown }> {
  const name = what === 'recipe' ? 'Recipe' : 'Judge';
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new UserError(`${what}.missing`, `${name} file "${path}": there is no such file. Check the path.`);
  if (!EXTENSIONS.includes(extname(path))) {
    throw new UserError(
      `${what}.missing`,
      `${name} file "${path}": expected TypeScript or JavaScript (${EXTENSIONS.join(', ')}). Rename it, or check the path.`,
    );
  }
  await enableRecipeImports(extname(path).endsWith('ts'));
  try {
    return (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const cause = error instanceof Error ? error.message : String(error);
    throw new UserError(`${what}.broken`, `${name} file "${path}" could not be loaded: ${cause}\nCorrect the file.`, {
      cause: error,
    });
  }
}
