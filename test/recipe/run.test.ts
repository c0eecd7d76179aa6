import { join } from 'node:path';

import { expect, test } from 'vitest';

import { run } from '../../src/index.ts';
import { packageManifest } from '../../src/recipe/packageRoot.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { tinyRecipe } from './tinyRecipe.ts';

test('a program gets the result of a recipe, and its lines when it asks for them', async () => {
  const out = join(await temporaryFolder(), 'a/../run');
  const lines: string[] = [];
  const states: string[] = [];
  const result = await run(tinyRecipe, {
    preset: 'given',
    config: { steps: 3 },
    out,
    print: (line) => void lines.push(line),
    progress: (text) => void states.push(text),
  });
  const { version } = packageManifest();
  expect(result).toEqual({ steps: 3, out: join(out), version, json: false, resume: false, recipeName: 'tiny' });
  expect(lines).toEqual(['counting for preset.jsonl']);
  expect(states).toEqual(['step 1', 'step 2', 'step 3']);
});

test('the folder of a run is absolute', async () => {
  expect(await run(tinyRecipe, { preset: 'given', out: 'some/run' })).toMatchObject({
    out: join(process.cwd(), 'some/run'),
  });
});

test('a wrong configuration is refused before anything starts', async () => {
  const error = await userErrorOf(() => run(tinyRecipe, { config: { steps: -1 }, out: 'unused' }));
  expect(error.code).toBe('config.invalid');
});

test('an aborted signal stops the run', async () => {
  const interrupt = new AbortController();
  const progress = (): void => interrupt.abort();
  const stopped = run(tinyRecipe, {
    preset: 'given',
    config: { mode: 'wait' },
    out: 'unused',
    signal: interrupt.signal,
    progress,
  });
  await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }) as Error);
});
