import { z } from 'zod';

import { UserError } from '../base/userError.ts';
import { didYouMean } from '../base/closest.ts';
import { mergeConfigTrees, ownField, type ConfigTree } from './configTree.ts';
import type { Recipe, RecipeSchema } from './defineRecipe.ts';
import { configSchema, type JsonSchema } from './describeOptions.ts';
import { readConfigFile } from './readConfigFile.ts';
import { unknownOptions } from './unknownOptions.ts';

/** Where the options of a run come from, the weakest first; below them all are the recipe's defaults. */
export interface ConfigSources {
  /** Name of one of the recipe's presets. */
  preset?: string | undefined;
  /** Path of a JSON or YAML file, or of a module with the options as default export. */
  file?: string | undefined;
  /** Variables `NASHTUNE_SET_<option>=value`, with `__` for the dot of `a.b`; values are read as those of `set`. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Options given as an object. */
  values?: object | undefined;
  /** `a.b=value`; the value is read as JSON where that is possible and the option is not a string, else as text. */
  set?: readonly string[] | undefined;
  /** How the user called the recipe, for messages. Default: its name. */
  calledAs?: string | undefined;
}

/**
 * The configuration of a run: defaults < preset < file < environment < values < `set`, sections merged field by field.
 *
 * @throws {UserError} `config.preset`, `config.file`, `config.set`, `config.unknown` (all unknown options at once) or
 * `config.invalid` (all wrong and missing values at once)
 */
export async function resolveConfig<Schema extends RecipeSchema>(
  recipe: Recipe<Schema>,
  sources: ConfigSources,
): Promise<z.output<Schema>> {
  const schema = configSchema(recipe.schema);
  const fail = (code: string, problem: string, lines: string): UserError => {
    const advice = `Run "nashtune recipes ${sources.calledAs ?? recipe.name}" for all options.`;
    return new UserError(code, `Recipe "${recipe.name}": ${problem}\n${lines}\n${advice}`);
  };
  const layers = [
    requiredSections(schema),
    presetValues(recipe, sources.preset),
    sources.file === undefined ? {} : await readConfigFile(sources.file),
    ...environmentAssignments(sources.environment ?? {}).map((assignment) => parseAssignment(assignment, schema)),
    { ...sources.values },
    ...(sources.set ?? []).map((assignment) => parseAssignment(assignment, schema)),
  ];
  const given = layers.reduce<ConfigTree>(mergeConfigTrees, {});
  const unknown = unknownOptions(given, schema);
  if (unknown.length > 0) throw fail('config.unknown', 'it has no such option.', unknown.join('\n'));
  const parsed = recipe.schema.safeParse(given, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw fail('config.invalid', 'these options do not fit.', prettify(parsed.error));
}

/** Empty objects for the sections that must be there, so that what is reported as missing is their fields. */
function requiredSections({ properties = {}, required = [] }: JsonSchema): ConfigTree {
  const names = required.filter((name) => ownField(properties, name)?.properties !== undefined);
  return Object.fromEntries(names.map((name) => [name, requiredSections(properties[name]!)]));
}

function presetValues({ name, presets }: Recipe, preset: string | undefined): ConfigTree {
  if (preset === undefined) return {};
  if (Object.hasOwn(presets, preset)) return presets[preset] as ConfigTree;
  const names = Object.keys(presets);
  const list = names.length === 0 ? 'It has none: leave --preset out.' : `Presets: ${names.join(', ')}.`;
  throw new UserError(
    'config.preset',
    `Recipe "${name}": unknown preset "${preset}".${didYouMean(preset, names)} ${list}`,
  );
}

const VARIABLE = /^NASHTUNE_SET_(.+)$/;

/** Assignments as `--set` takes them, in the order of their names. */
function environmentAssignments(environment: NonNullable<ConfigSources['environment']>): string[] {
  return Object.entries(environment)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => {
      const option = VARIABLE.exec(name)?.[1];
      return option === undefined || value === undefined ? [] : [`${option.replaceAll('__', '.')}=${value}`];
    });
}

function parseAssignment(assignment: string, schema: JsonSchema): ConfigTree {
  const at = assignment.indexOf('=');
  const path = assignment.slice(0, at).split('.');
  if (at < 1 || path.includes('')) {
    throw new UserError('config.set', `--set ${assignment}: expected option=value, such as --set data.limit=64.`);
  }
  let option: JsonSchema | undefined = schema;
  for (const key of path) option = ownField(option?.properties, key);
  const value = parseValue(assignment.slice(at + 1), option);
  return path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as ConfigTree;
}

/** What was typed for an option: `64` is a number, unless the option is a string. */
function parseValue(text: string, option: JsonSchema | undefined): unknown {
  if (option?.type === 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** zod's list of problems, with the values seen. */
function prettify(error: z.ZodError): string {
  const issues = error.issues.map((issue) => {
    const { input, code, message } = issue;
    if (input === undefined && code !== 'custom') return { ...issue, message: 'Required, and has no default' };
    if (typeof input === 'object' || input === undefined) return issue;
    return { ...issue, message: `${message}, got ${JSON.stringify(input)}` };
  });
  return z.prettifyError({ issues });
}
