import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { UserError } from '../base/userError.ts';
import { isConfigTree, type ConfigTree } from './configTree.ts';
import { enableRecipeImports } from './moduleHooks.ts';

const MODULES = ['.ts', '.mts', '.js', '.mjs'];

/**
 * The options in a file: JSON, YAML (.yaml, .yml), or a module whose default export they are (.ts, .js).
 *
 * @throws {UserError} `config.file` when it cannot be read, is not what its name says, or holds no object
 */
export async function readConfigFile(path: string): Promise<ConfigTree> {
  const where = `Config file "${path}"`;
  const extension = extname(path).toLowerCase();
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const found = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    throw new UserError('config.file', `${where}: ${found}. Check the path given with --config.`, { cause: error });
  });
  const value = MODULES.includes(extension)
    ? await importDefault(path, where)
    : ['.yaml', '.yml'].includes(extension)
      ? await parseYaml(text, where)
      : parseJson(text, where);
  if (isConfigTree(value)) return value;
  const found = value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : JSON.stringify(value);
  const advice = MODULES.includes(extension)
    ? 'Write "export default { option: value }".'
    : extension === '.json'
      ? 'Write {"option": value}.'
      : 'Write "option: value" lines.';
  throw new UserError('config.file', `${where}: expected an object of options, got ${found}. ${advice}`);
}

async function importDefault(path: string, where: string): Promise<unknown> {
  await enableRecipeImports(extname(path).endsWith('ts'));
  try {
    return ((await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }).default;
  } catch (error) {
    throw notLoaded(where, 'could not be loaded', error);
  }
}

async function parseYaml(text: string, where: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw notLoaded(where, 'not YAML', error);
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw notLoaded(where, 'not JSON', error);
  }
}

function notLoaded(where: string, problem: string, error: unknown): UserError {
  const cause = error instanceof Error ? error.message : String(error);
  return new UserError('config.file', `${where}: ${problem}: ${cause.trimEnd()} Correct the file.`, { cause: error });
}
