import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { resolveRecipe, type BuiltinRecipes } from '../../src/recipe/resolveRecipe.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { tinyRecipe } from './tinyRecipe.ts';

const execute = promisify(execFile);

const builtins: BuiltinRecipes = {
  tiny: async () => ({ default: tinyRecipe }),
  broken: async () => ({ default: 5 }),
};

/** A recipe file that imports a neighbour, zod and two of our subpaths; `types` is TypeScript only. */
const recipeText = (neighbour: string, types: string): string => `
  import { defineRecipe, UserError } from 'nashtune';
  import { log1mexp } from 'nashtune/losses';
  import { z } from 'zod';
  import { summary } from './${neighbour}';
  const name${types} = 'mine';
  export default defineRecipe({
    name,
    summary: summary + ' ' + typeof log1mexp + ' ' + UserError.name,
    schema: z.object({}),
    presets: {},
    run: async () => { throw new UserError('mine.fault', 'Mine.'); },
  });
`;

/** Loads a recipe in a process that runs the sources as our bin does: tsx and Node's hooks belong to a whole process. */
async function loadInProcess(path: string): Promise<unknown> {
  const script = `
    import { register } from 'tsx/esm/api';
    register({ tsconfig: 'tsconfig.json' });
    const { resolveRecipe } = await import('./src/recipe/resolveRecipe.ts');
    const { UserError } = await import('./src/base/userError.ts');
    const recipe = await resolveRecipe(process.argv[1], {});
    const error = await recipe.run({}, {}).catch((error) => error);
    console.log(JSON.stringify({ summary: recipe.summary, isOurs: error instanceof UserError }));`;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script, path], { cwd: root });
  return JSON.parse(stdout);
}

test('a name stands for a recipe of the package', async () => {
  expect((await resolveRecipe('tiny', builtins)).name).toBe('tiny');
});

test('an unknown name is refused with what was meant and what there is', async () => {
  const error = await userErrorOf(() => resolveRecipe('tny', builtins));
  expect(error.code).toBe('recipe.unknown');
  expect(error.message).toBe(
    'Unknown recipe "tny". Did you mean "tiny"? Recipes: tiny, broken. ' +
      'A recipe of your own is given as a path, such as ./my-recipe.ts.',
  );
  expect((await userErrorOf(() => resolveRecipe('toString', builtins))).code).toBe('recipe.unknown');
});

test.each(['"type": "module"', '"type": "commonjs"', '"name": "no-type"'])(
  'a TypeScript file in a package with %s gets this copy of nashtune, and zod without installing it',
  async (type) => {
    const folder = join(await temporaryFolder(), 'with space');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), `{${type}}`);
    await writeFile(join(folder, 'summary.ts'), `export const summary: string = 'summary';`);
    await writeFile(join(folder, 'mine.ts'), recipeText('summary.ts', ': string'));
    expect(await loadInProcess(join(folder, 'mine.ts'))).toEqual({
      summary: 'summary function UserError',
      isOurs: true,
    });
  },
);

test('a JavaScript file is loaded, with its package.json or without any', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'summary.mjs'), `export const summary = 'summary';`);
  await writeFile(join(folder, 'mine.mjs'), recipeText('summary.mjs', ''));
  await writeFile(join(folder, 'mine.js'), recipeText('summary.mjs', ''));
  const expected = { summary: 'summary function UserError', isOurs: true };
  expect(await loadInProcess(join(folder, 'mine.mjs'))).toEqual(expected);
  expect(await loadInProcess(join(folder, 'mine.js'))).toEqual(expected);
});

test('a file that is not there, is a folder, or is neither TypeScript nor JavaScript is refused', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'recipe.py'), '');
  const messageOf = async (name: string): Promise<string> =>
    (await userErrorOf(() => resolveRecipe(join(folder, name), {}), folder)).message;
  expect(await messageOf('none.ts')).toBe('Recipe file "./none.ts": there is no such file. Check the path.');
  expect(await messageOf('')).toContain('there is no such file');
  expect(await messageOf('recipe.py')).toBe(
    'Recipe file "./recipe.py": expected TypeScript or JavaScript (.ts, .mts, .js, .mjs). Rename it, or check the path.',
  );
});

test.each([
  ['export const recipe = 5;', 'found no default export'],
  ['export default 5;', 'found a default export of type number'],
  ['export default { name: "x", run() {} };', 'found a default export of type object'],
])('a file with "%s" is no recipe', async (text, found) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'mine.mjs'), text);
  const error = await userErrorOf(() => resolveRecipe(join(folder, 'mine.mjs'), {}), folder);
  expect(error.code).toBe('recipe.notARecipe');
  expect(error.message).toContain(
    `Recipe file "./mine.mjs": expected defineRecipe({ name, schema, run, ... }) as default export, ${found}.`,
  );
});

test.each([
  ['import "no-such-package-here";', 'no-such-package-here'],
  ['throw new Error("boom");', 'boom'],
])('a file with %s cannot be loaded, and the message says why', async (text, cause) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'mine.mjs'), text);
  const error = await userErrorOf(() => resolveRecipe(join(folder, 'mine.mjs'), {}), folder);
  expect(error.code).toBe('recipe.broken');
  expect(error.message).toContain('Recipe file "./mine.mjs" could not be loaded: ');
  expect(error.message).toContain(cause);
});

test('a built-in recipe that is none is reported as such', async () => {
  expect((await userErrorOf(() => resolveRecipe('broken', builtins))).code).toBe('recipe.notARecipe');
});
