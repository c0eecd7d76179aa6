import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import { closest, didYouMean } from './closest.ts';
import type { Recipe, RecipeSchema } from './defineRecipe.ts';
import { configSchema, describeOptions, type JsonSchema } from './describeOptions.ts';

/** Where the options of a run come from, the weakest first; below them all are the recipe's defaults. */
export interface ConfigSources {
  /** Name of one of the recipe's presets. */
  preset?: string | undefined;
  /** Path of a JSON file. */
  file?: string | undefined;
  /** Options given as an object. */
  values?: object | undefined;
  /** `a.b=value`; the value is read as JSON where that is possible and the option is not a string, else as text. */
  set?: readonly string[] | undefined;
  /** How the user called the recipe, for messages. Default: its name. */
  calledAs?: string | undefined;
}

type Tree = Readonly<Record<string, unknown>>;

/**
 * The configuration of a run: defaults < preset < file < values < `set`, sections merged field by field.
 *
 * @throws {UserError} `config.preset`, `config.file`, `config.set`, `config.unknown` (all unknown options at once) or
 * `config.invalid` (all wrong values at once)
 */
export async function resolveConfig<Schema extends RecipeSchema>(
  recipe: Recipe<Schema>,
  sources: ConfigSources,
): Promise<z.output<Schema>> {
  const schema = configSchema(recipe.schema);
  const advice = `Run "nashtune recipes ${sources.calledAs ?? recipe.name}" for all options.`;
  const layers = [
    presetValues(recipe, sources.preset),
    sources.file === undefined ? {} : await readConfigFile(sources.file),
    { ...sources.values },
    ...(sources.set ?? []).map((assignment) => parseAssignment(assignment, schema)),
  ];
  const given = layers.reduce<Tree>(mergeTrees, {});
  refuseUnknown(recipe, given, schema, advice);
  const parsed = recipe.schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UserError(
    'config.invalid',
    `Recipe "${recipe.name}": these options do not fit.\n${z.prettifyError(parsed.error)}\n${advice}`,
  );
}

function presetValues({ name, presets }: Recipe, preset: string | undefined): Tree {
  if (preset === undefined) return {};
  if (Object.hasOwn(presets, preset)) return presets[preset] as Tree;
  const names = Object.keys(presets);
  const list = names.length === 0 ? 'It has none.' : `Presets: ${names.join(', ')}.`;
  throw new UserError(
    'config.preset',
    `Recipe "${name}": unknown preset "${preset}".${didYouMean(preset, names)} ${list}`,
  );
}

async function readConfigFile(path: string): Promise<Tree> {
  const where = `Config file "${path}"`;
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const found = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    throw new UserError('config.file', `${where}: ${found}. Check the path given with --config.`, { cause: error });
  });
  const value = parseJson(text, where);
  if (isTree(value)) return value;
  throw new UserError('config.file', `${where}: expected a JSON object, got ${show(value)}. Write {"option": value}.`);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const cause = (error as Error).message;
    throw new UserError('config.file', `${where}: not JSON: ${cause}. Correct the file.`, { cause: error });
  }
}

function parseAssignment(assignment: string, schema: JsonSchema): Tree {
  const at = assignment.indexOf('=');
  const path = assignment.slice(0, at).split('.');
  if (at < 1 || path.includes('')) {
    throw new UserError('config.set', `--set ${assignment}: expected option=value, such as --set data.limit=64.`);
  }
  const value = parseValue(assignment.slice(at + 1), schemaAt(schema, path));
  return path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Tree;
}

/** What was typed for an option: `64` is a number, unless the option is a string. */
function parseValue(text: string, schema: JsonSchema | undefined): unknown {
  if (schema?.type === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const key of path) at = own(at?.properties, key);
  return at;
}

/** Fields of `over` win; objects are merged, all else is replaced. */
function mergeTrees(under: Tree, over: Tree): Tree {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    if (value !== undefined) merged.set(key, isTree(before) && isTree(value) ? mergeTrees(before, value) : value);
  }
  return Object.fromEntries(merged); // defines fields: one called __proto__ stays a field
}

function refuseUnknown(recipe: Recipe, given: Tree, schema: JsonSchema, advice: string): void {
  const problems = unknownOptions(given, schema, '').map(({ prefix, key, known }) => {
    const level = prefix === '' ? 'Options' : `Options of ${prefix.slice(0, -1)}`;
    const meant = meantOption(recipe.schema, prefix, key, known);
    const suggestion = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    return `✖ Unknown option "${prefix}${key}".${suggestion} ${level}: ${known.join(', ')}.`;
  });
  if (problems.length === 0) return;
  throw new UserError('config.unknown', [`Recipe "${recipe.name}":`, ...problems, advice].join('\n'));
}

interface UnknownOption {
  /** Empty, or the path of the section with a dot at its end. */
  prefix: string;
  key: string;
  /** What the section has. */
  known: string[];
}

function unknownOptions(given: Tree, { properties = {} }: JsonSchema, prefix: string): UnknownOption[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const field = own(properties, key);
    if (field === undefined) return [{ prefix, key, known: Object.keys(properties) }];
    return isTree(value) && field.properties !== undefined ? unknownOptions(value, field, `${prefix}${key}.`) : [];
  });
}

/** A near name in the same section, else the same name in another one. */
function meantOption(schema: RecipeSchema, prefix: string, key: string, known: readonly string[]): string | undefined {
  const near = closest(key, known);
  if (near !== undefined) return `${prefix}${near}`;
  return describeOptions(schema).find((option) => option.key.split('.').at(-1) === key)?.key;
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Whether a value is an object written with braces: an instance of a class is passed on as it is. */
function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function show(value: unknown): string {
  return Array.isArray(value) ? 'a list' : JSON.stringify(value);
}
