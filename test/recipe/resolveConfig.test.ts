import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { resolveConfig, type ConfigSources } from '../../src/recipe/resolveConfig.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { tinyRecipe } from './tinyRecipe.ts';

const resolve = (sources: ConfigSources): ReturnType<typeof resolveConfig<typeof tinyRecipe.schema>> =>
  resolveConfig(tinyRecipe, sources);

async function configFile(content: string, name = 'config.json'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

test('defaults fill what is not given', async () => {
  expect(await resolve({ set: ['data.prompts=p.jsonl'] })).toEqual({
    steps: 2,
    seed: 1,
    mode: 'count',
    data: { prompts: 'p.jsonl', limit: 5 },
    train: { rate: 0.1, tags: [] },
  });
});

test('defaults < preset < file < values < set', async () => {
  const file = await configFile(
    '{"steps": 3, "seed": 3, "train": {"rate": 3}, "data": {"prompts": "file", "limit": 3}}',
  );
  const config = await resolve({
    preset: 'long',
    file,
    values: { seed: 4, train: { rate: 4 } },
    set: ['train.rate=5', 'train.rate=6'],
  });
  expect(config).toMatchObject({ steps: 3, seed: 4, train: { rate: 6 }, data: { prompts: 'file', limit: 3 } });
  expect(await resolve({ preset: 'long', set: ['data.prompts=x'] })).toMatchObject({ steps: 9, train: { rate: 0.5 } });
});

test('environment variables stand between file and set, with two underscores for a dot', async () => {
  const file = await configFile('{"steps": 3, "train": {"rate": 3}}');
  const environment = {
    NASHTUNE_SET_train__rate: '4',
    NASHTUNE_SET_data__prompts: 'from the environment',
    NASHTUNE_SET_seed: '4',
    NASHTUNE_MODEL_FIXTURES: 'not an option',
    PATH: '/bin',
  };
  const config = await resolve({ file, environment, set: ['seed=5'] });
  expect(config).toMatchObject({
    steps: 3,
    seed: 5,
    train: { rate: 4 },
    data: { prompts: 'from the environment' },
  });
});

test.each([
  ['YAML', 'config.yaml', '# which\nsteps: 3\ndata:\n  prompts: p.jsonl\ntrain: { tags: [a, b] }\n'],
  [
    'a TypeScript module',
    'config.ts',
    "const steps: number = 3;\nexport default { steps, data: { prompts: 'p.jsonl' }, train: { tags: ['a', 'b'] } };\n",
  ],
  [
    'a JavaScript module',
    'config.mjs',
    "export default { steps: 3, data: { prompts: 'p.jsonl' }, train: { tags: ['a', 'b'] } };\n",
  ],
])('a config file may be %s', async (_, name, content) => {
  const config = await resolve({ file: await configFile(content, name) });
  expect(config).toMatchObject({ steps: 3, data: { prompts: 'p.jsonl' }, train: { tags: ['a', 'b'] } });
});

test.each([
  ['config.yaml', 'steps: [1\n', 'not YAML: '],
  ['config.yaml', '- steps\n', 'expected an object of options, got a list. Write "option: value" lines.'],
  ['config.mjs', 'export const steps = 3;', 'expected an object of options, got nothing. Write "export default'],
  ['config.mjs', "throw new Error('no');", 'could not be loaded: no Correct the file.'],
])('a faulty %s is refused: %s', async (name, content, problem) => {
  const file = await configFile(content, name);
  const error = await userErrorOf(() => resolve({ file }));
  expect(error.code).toBe('config.file');
  expect(error.message).toContain(`Config file "${file}": ${problem}`);
});

test('what is set is read as JSON, except for a string option and for what is not JSON', async () => {
  const { data, train } = await resolve({
    set: ['data.prompts=007', 'train.tags=["a","b"]', 'train.judge=null', 'data.limit=64'],
  });
  expect(data).toEqual({ prompts: '007', limit: 64 });
  expect(train).toMatchObject({ tags: ['a', 'b'], judge: 'null' });
});

test('a value may hold equals signs and be empty; paths stay as they were written', async () => {
  const { data, train } = await resolve({ set: ['data.prompts=../a=b/./c.jsonl', 'train.judge='] });
  expect(data.prompts).toBe('../a=b/./c.jsonl');
  expect(train.judge).toBe('');
});

test.each(['steps', '=3', 'data.=3', '.steps=3', 'data..limit=3'])(
  'the assignment "%s" is refused',
  async (assignment) => {
    const error = await userErrorOf(() => resolve({ set: [assignment] }));
    expect(error.code).toBe('config.set');
    expect(error.message).toBe(`--set ${assignment}: expected option=value, such as --set data.limit=64.`);
  },
);

test('all unknown options are named at once, with what was meant and what there is', async () => {
  const error = await userErrorOf(() =>
    resolve({ values: { stpes: 1, limit: 3 }, set: ['data.limt=4', 'zzz=1', '__proto__.x=1', 'toString=1'] }),
  );
  expect(error.code).toBe('config.unknown');
  expect(error.message).toMatchInlineSnapshot(`
    "Recipe "tiny": it has no such option.
    ✖ Unknown option "data.limt". Did you mean "data.limit"? Options of data: prompts, limit.
    ✖ Unknown option "stpes". Did you mean "steps"? Options: steps, seed, mode, data, train.
    ✖ Unknown option "limit". Did you mean "data.limit"? Options: steps, seed, mode, data, train.
    ✖ Unknown option "zzz". Options: steps, seed, mode, data, train.
    ✖ Unknown option "__proto__". Options: steps, seed, mode, data, train.
    ✖ Unknown option "toString". Options: steps, seed, mode, data, train.
    Run "nashtune recipes tiny" for all options."
  `);
});

test('all wrong and missing values are named at once, with the value seen', async () => {
  const error = await userErrorOf(() =>
    resolve({ set: ['steps=0', 'mode=cuont', 'train.rate=fast', 'seed=1.5'], calledAs: './tiny.ts' }),
  );
  expect(error.code).toBe('config.invalid');
  expect(error.message).toMatchInlineSnapshot(`
    "Recipe "tiny": these options do not fit.
    ✖ Too small: expected number to be >0, got 0
      → at steps
    ✖ Invalid input: expected int, received number, got 1.5
      → at seed
    ✖ Invalid option: expected one of "count"|"wait"|"user-fault"|"bug", got "cuont"
      → at mode
    ✖ Required, and has no default
      → at data.prompts
    ✖ Invalid input: expected number, received string, got "fast"
      → at train.rate
    Run "nashtune recipes ./tiny.ts" for all options."
  `);
});

test('a value where a section belongs is refused', async () => {
  const error = await userErrorOf(() => resolve({ set: ['data=5'] }));
  expect(error.message).toContain('expected object, received number');
});

test('an unknown preset is named with those there are', async () => {
  const error = await userErrorOf(() => resolve({ preset: 'lnog' }));
  expect(error.code).toBe('config.preset');
  expect(error.message).toBe('Recipe "tiny": unknown preset "lnog". Did you mean "long"? Presets: long, given.');
  const none = await userErrorOf(() => resolveConfig({ ...tinyRecipe, presets: {} }, { preset: 'long' }));
  expect(none.message).toBe('Recipe "tiny": unknown preset "long". It has none: leave --preset out.');
});

test.each([
  ['{"steps": 3', 'not JSON: '],
  ['[1]', 'expected an object of options, got a list. '],
  ['"x"', 'expected an object of options, got "x". '],
  ['', 'not JSON: '],
])('a config file that holds %s is refused', async (content, problem) => {
  const file = await configFile(content);
  const error = await userErrorOf(() => resolve({ file }));
  expect(error.code).toBe('config.file');
  expect(error.message).toContain(`Config file "${file}": ${problem}`);
});

test('a config file that is not there, or cannot be read, is refused', async () => {
  const file = join(await temporaryFolder(), 'none.json');
  const error = await userErrorOf(() => resolve({ file }));
  expect(error.message).toBe(`Config file "${file}": there is no such file. Check the path given with --config.`);
  const folder = await userErrorOf(async () => resolve({ file: await temporaryFolder() }));
  expect(folder.message).toContain('it cannot be read (EISDIR)');
});
