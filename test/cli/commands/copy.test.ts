import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { CliIo } from '../../../src/cli/cliIo.ts';
import { main } from '../../../src/cli/main.ts';
import { packageRoot } from '../../../src/recipe/packageRoot.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

/** Runs `copy` with the real recipes; standard output and error in one text. */
async function copy(...args: string[]): Promise<{ exitCode: number; text: string }> {
  let text = '';
  const output = { write: (part: string) => (text += part) };
  const io: CliIo = { stdout: output, stderr: output, interruptSignal: () => new AbortController().signal };
  const exitCode = await main(['copy', ...args], io);
  return { exitCode, text };
}

test('a recipe is copied as it is, to a file or into a folder', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'recipes'));
  const original = await readFile(join(packageRoot(), 'recipes/sppo.ts'), 'utf8');
  expect((await copy('sppo', join(folder, 'mine.ts'))).exitCode).toBe(0);
  expect(await readFile(join(folder, 'mine.ts'), 'utf8')).toBe(original);
  expect(JSON.parse((await copy('sppo', join(folder, 'recipes'), '--json')).text)).toEqual({
    recipe: 'sppo',
    path: join(folder, 'recipes/sppo.ts'),
  });
  expect(await readFile(join(folder, 'recipes/sppo.ts'), 'utf8')).toBe(original);
});

test('a file that exists is left alone', async () => {
  const path = join(await temporaryFolder(), 'sppo.ts');
  await writeFile(path, 'mine');
  expect(await copy('sppo', path)).toEqual({
    exitCode: 2,
    text: `Copy to "${path}": the file exists. Choose another target.\n`,
  });
  expect(await readFile(path, 'utf8')).toBe('mine');
});

test('a folder that does not exist is not made', async () => {
  const path = join(await temporaryFolder(), 'none/sppo.ts');
  expect(await copy('sppo', path)).toEqual({
    exitCode: 2,
    text: `Copy to "${path}": its folder does not exist. Choose another target.\n`,
  });
});

test('an unknown recipe is refused, a path too', async () => {
  expect((await copy('spppo')).text).toContain('Unknown recipe "spppo". Did you mean "sppo"? Recipes: ');
  expect((await copy('./sppo.ts')).exitCode).toBe(2);
});
