import { UserError } from '../../base/userError.ts';
import type { Recipe } from '../../recipe/defineRecipe.ts';
import { defineCommand, type Session } from '../command.ts';

export const recipesCommand = defineCommand({
  usage: 'recipes [recipe]',
  summary: 'List the recipes, or all options and presets of one',
  positionals: { recipe: { type: 'string', describe: 'Name, or path of a file of yours' } },
  options: {
    schema: { type: 'boolean', default: false, describe: 'Print the JSON Schema of the options, for editors' },
  },
  examples: [
    ['$0 recipes', 'What there is to run'],
    ['$0 recipes sppo', 'Every option of a recipe, with its default'],
    ['$0 recipes sppo --schema > sppo.schema.json', 'What an editor completes a config file by'],
  ],
  run: async (args, session) => {
    if (args.schema) await printSchema(args.recipe, session);
    else await (args.recipe === undefined ? list(args.json, session) : describe(args.recipe, args.json, session));
    return 0;
  },
});

async function printSchema(nameOrPath: string | undefined, session: Session): Promise<void> {
  if (nameOrPath === undefined) {
    throw new UserError('recipes.schema', '--schema: of which recipe? Write: nashtune recipes <recipe> --schema');
  }
  const { resolveRecipe } = await import('../../recipe/resolveRecipe.ts');
  const { configSchema } = await import('../../recipe/describeOptions.ts');
  session.printJson(configSchema((await resolveRecipe(nameOrPath, session.builtins)).schema));
}

async function list(json: boolean, session: Session): Promise<void> {
  const { resolveRecipe } = await import('../../recipe/resolveRecipe.ts');
  const names = Object.keys(session.builtins);
  const recipes = await Promise.all(names.map((name) => resolveRecipe(name, session.builtins)));
  if (json) return session.printJson(recipes.map(({ name, summary }) => ({ name, summary })));
  session.print(columns(recipes.map(({ name, summary }) => [name, summary])));
  session.print('\n"nashtune recipes <recipe>" shows the options of one, "nashtune copy <recipe>" makes it yours.');
}

async function describe(nameOrPath: string, json: boolean, session: Session): Promise<void> {
  const { resolveRecipe } = await import('../../recipe/resolveRecipe.ts');
  const { configSchema } = await import('../../recipe/describeOptions.ts');
  const recipe = await resolveRecipe(nameOrPath, session.builtins);
  const { name, summary, presets, examples, schema } = recipe;
  if (json) return session.printJson({ name, summary, options: configSchema(schema), presets, examples });
  session.print(await recipeHelp(recipe));
}

async function recipeHelp({ name, summary, schema, presets, examples }: Recipe): Promise<string> {
  const { describeOptions } = await import('../../recipe/describeOptions.ts');
  const options = describeOptions(schema).map(({ key, type, required, default: fallback, description }) => {
    const value = required ? 'required' : fallback === undefined ? 'unset' : `default ${JSON.stringify(fallback)}`;
    return `  ${key} (${type}, ${value})\n      ${description}`;
  });
  const sections = [`${name}: ${summary}`, ['Options, for --set option=value:', ...options].join('\n')];
  const names = Object.entries(presets).map(([preset, values]) => [`  ${preset}`, JSON.stringify(values)] as const);
  if (names.length > 0) sections.push(`Presets, for --preset:\n${columns(names)}`);
  if (examples.length > 0) sections.push(['Examples:', ...examples.map((example) => `  ${example}`)].join('\n'));
  return sections.join('\n\n');
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `${first.padEnd(width)}  ${second}`).join('\n');
}
