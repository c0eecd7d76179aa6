import { expect, test } from 'vitest';

import { BUILTIN_RECIPES } from '../../../src/cli/builtinRecipes.ts';
import { describeOptions } from '../../../src/recipe/describeOptions.ts';
import { resolveConfig } from '../../../src/recipe/resolveConfig.ts';
import { resolveRecipe } from '../../../src/recipe/resolveRecipe.ts';
import { runMain } from '../runMain.ts';

test('the list names every recipe with its summary', async () => {
  const { exitCode, stdout } = await runMain(['recipes']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')[0]).toBe('tiny  Count to a number.');
  const json = await runMain(['recipes', '--json']);
  expect(JSON.parse(json.stdout)).toEqual([{ name: 'tiny', summary: 'Count to a number.' }]);
});

test('one recipe is described with options, presets and examples', async () => {
  const { exitCode, stdout } = await runMain(['recipes', 'tiny']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "tiny: Count to a number.

    Options, for --set option=value:
      steps (integer, default 2)
          How often to count.
      seed (integer, default 1)
          Decides nothing.
      mode ("count" | "wait" | "user-fault" | "bug", default "count")
          What to do.
      data.prompts (string, required)
          Where from.
      data.limit (integer, default 5)
          How many.
      train.rate (number, default 0.1)
          How fast.
      train.tags (string[], default [])
          Labels.
      train.judge (string, unset)
          Who judges.

    Presets, for --preset:
      long   {"steps":9,"train":{"rate":0.5}}
      given  {"data":{"prompts":"preset.jsonl"}}

    Examples:
      nashtune run tiny --set data.prompts=p.jsonl
    "
  `);
});

test('with --json a recipe is described as JSON Schema', async () => {
  const { stdout } = await runMain(['recipes', 'tiny', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    name: 'tiny',
    options: { properties: { data: { required: ['prompts'], properties: { limit: { default: 5 } } } } },
    presets: { given: { data: { prompts: 'preset.jsonl' } } },
  });
});

test('an unknown recipe is refused', async () => {
  expect(await runMain(['recipes', 'tny'])).toMatchObject({ exitCode: 2, stdout: '' });
});

test.each(Object.keys(BUILTIN_RECIPES))('the recipe %s goes by its name and describes every option', async (name) => {
  const recipe = await resolveRecipe(name, BUILTIN_RECIPES);
  expect(recipe.name).toBe(name);
  expect(recipe.summary).not.toBe('');
  const undescribed = describeOptions(recipe.schema).filter(({ description }) => description === '');
  expect(undescribed.map(({ key }) => key)).toEqual([]);
});

/** What a recipe needs beside the options that are required by themselves. */
const ALSO: Readonly<Record<string, string[]>> = { kto: ['data.pairs=x'] };

test.each(Object.keys(BUILTIN_RECIPES))('every preset of the recipe %s fits it', async (name) => {
  const recipe = await resolveRecipe(name, BUILTIN_RECIPES);
  const required = describeOptions(recipe.schema).filter((option) => option.required);
  const set = [...required.map(({ key }) => `${key}=x`), ...(ALSO[name] ?? [])];
  for (const preset of Object.keys(recipe.presets)) await resolveConfig(recipe, { preset, set });
  expect(await resolveConfig(recipe, { set })).toBeDefined();
});
