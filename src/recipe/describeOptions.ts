import { z } from 'zod';

import type { RecipeSchema } from './defineRecipe.ts';

/** The parts of JSON Schema that are read here. */
export interface JsonSchema {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly JsonSchema[];
  items?: JsonSchema;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
}

/** One option of a recipe, as help shows it. */
export interface OptionDescription {
  /** Dotted path, as `--set` takes it. */
  key: string;
  /** Such as `number` or `"drop" | "error"`. */
  type: string;
  description: string;
  required: boolean;
  /** Undefined when there is none. */
  default: unknown;
}

/** The JSON Schema of what a recipe takes as configuration. */
export function configSchema(schema: RecipeSchema): JsonSchema {
  // The input side: options with a default need not be given.
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** Every option of a recipe, in the order of its schema; the fields of a section follow each other. */
export function describeOptions(schema: RecipeSchema): OptionDescription[] {
  return listOptions(configSchema(schema));
}

/** As `describeOptions`, of a schema that `configSchema` made. */
export function listOptions(schema: JsonSchema, section = '', defaults?: unknown): OptionDescription[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): OptionDescription[] => {
    const key = `${section}${name}`;
    const fallback = fieldOf(defaults, name) ?? field.default;
    if (field.properties !== undefined) return listOptions(field, `${key}.`, fallback);
    return [
      {
        key,
        type: typeName(field),
        description: field.description ?? '',
        required: schema.required?.includes(name) === true && fallback === undefined,
        default: fallback,
      },
    ];
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function typeName(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(' | ');
  if (schema.type === 'array' && schema.items !== undefined) return `${typeName(schema.items)}[]`;
  return [schema.type ?? 'any'].flat().join(' | ');
}
