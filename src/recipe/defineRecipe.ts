import type { z } from 'zod';

/** The options of a recipe: a zod object in which every field has a description, and a default unless it is required. */
export type RecipeSchema = z.ZodObject;

/** Some of an object's fields, at every depth; a list is given whole. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Partially<T[K]> | undefined }
    : T;

/** What a recipe is told about its run, and how it talks to whoever started it. */
export interface RecipeContext {
  readonly recipeName: string;
  /** Version of nashtune. */
  readonly version: string;
  /** Absolute path of the folder for all output; it may not exist yet. */
  readonly out: string;
  /** Whether to go on with the run found in `out`. */
  readonly resume: boolean;
  /** Whether a run that differs from the one found in `out` goes on with it all the same. */
  readonly force?: boolean | undefined;
  /** Names the content of the recipe's file, where it is one of the user's. */
  readonly recipeHash?: string | undefined;
  /**
   * Aborted when the run is to stop: a recipe ends its current step, saves, and throws (`signal.throwIfAborted()`). One
   * that returns instead counts as done.
   */
  readonly signal: AbortSignal;
  /** Whether standard output is for a program, which gets `result` and nothing else. */
  readonly json: boolean;
  /** Prints one line of results for people. */
  readonly print: (line: string) => void;
  /** Shows what is going on now, in one line that replaces the previous one where the output can do that. */
  readonly progress: (text: string) => void;
  /** Sets what `--json` prints and `run` of this package returns. The last call counts. */
  readonly result: (value: object) => void;
}

/** A training method as one file that reads top to bottom: its options, then the loop. */
export interface RecipeDefinition<Schema extends RecipeSchema> {
  /** What `nashtune run` calls it. */
  name: string;
  /** One line for the list of recipes. */
  summary: string;
  /** Whole commands, shown by `nashtune recipes <name>`. */
  examples?: readonly string[];
  schema: Schema;
  /** Named sets of options, chosen with `--preset`. */
  presets: Readonly<Record<string, Partially<z.input<Schema>>>>;
  run(config: z.output<Schema>, context: RecipeContext): Promise<void>;
  /**
   * What `--dry-run` shows beside the options: checks the inputs, prints sizes and memory, writes nothing, and gives the
   * same as numbers.
   */
  plan?(config: z.output<Schema>, context: Pick<RecipeContext, 'signal' | 'print'>): Promise<object>;
}

/** What `defineRecipe` makes. */
export interface Recipe<Schema extends RecipeSchema = RecipeSchema>
  extends Required<Omit<RecipeDefinition<Schema>, 'plan'>>, Pick<RecipeDefinition<Schema>, 'plan'> {}

/**
 * Defines a recipe; the default export of a recipe file.
 *
 * Sections of the schema are objects with `.prefault({})`, so that setting one of their fields keeps the defaults of the
 * others.
 *
 * @throws {TypeError} when the name is not one that a command line takes without quotes
 * @example
 * export default defineRecipe({
 *   name: 'hello',
 *   summary: 'Greet somebody.',
 *   schema: z.object({ whom: z.string().default('world').describe('Who is greeted.') }),
 *   presets: { moon: { whom: 'moon' } },
 *   run: async ({ whom }, { print }) => print(`Hello, ${whom}!`),
 * });
 */
export function defineRecipe<Schema extends RecipeSchema>(definition: RecipeDefinition<Schema>): Recipe<Schema> {
  if (!/^[a-z][\w-]*$/i.test(definition.name)) {
    throw new TypeError(
      `defineRecipe: name must be letters, digits, "-" and "_", got ${JSON.stringify(definition.name)}.`,
    );
  }
  return { examples: [], ...definition };
}

/** Whether a value is what `defineRecipe` makes, of this copy of the package or another. */
export function isRecipe(value: unknown): value is Recipe {
  if (typeof value !== 'object' || value === null) return false;
  const { name, schema, presets, run } = value as Partial<Record<keyof Recipe, unknown>>;
  return (
    typeof name === 'string' &&
    typeof run === 'function' &&
    typeof presets === 'object' &&
    typeof schema === 'object' &&
    schema !== null &&
    '_zod' in schema
  );
}
