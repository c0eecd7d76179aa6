import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { packageManifest, packageRoot } from '../src/recipe/packageRoot.ts';

const ROOT = packageRoot();
/** These do their work when they are imported. */
const PROGRAMS = ['src/cli/entry.ts', 'src/world/trainAssets.ts', 'datasets/encodeWorker.ts'];

const found = await Promise.all(
  ['src', 'losses', 'datasets', 'recipes'].map((folder) =>
    readdir(join(ROOT, folder), { recursive: true, withFileTypes: true }),
  ),
);
const modules = found
  .flat()
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

test.each(modules.filter((path) => !PROGRAMS.includes(path)))('%s can be imported', async (path) => {
  expect(await import(pathToFileURL(join(ROOT, path)).href)).toBeDefined();
});

test('every public subpath has its source', () => {
  const targets = Object.values(packageManifest().exports).filter((target) => typeof target !== 'string');
  const sources = targets.map((target) => target.default.replace('./dist/', '').replace(/\.js$/, '.ts'));
  expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
});

test('importing the losses starts no engine and loads no native library', async () => {
  const script = `
    await import('./losses/index.ts');
    const { engine } = await import('@tensorflow/tfjs-core');
    const libraries = process.report.getReport().sharedObjects.filter((path) => /koffi|tensorflow/.test(path));
    console.log(JSON.stringify({ backend: engine().backendName ?? null, libraries }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { cwd: ROOT },
  );
  expect(JSON.parse(stdout)).toEqual({ backend: null, libraries: [] });
});
