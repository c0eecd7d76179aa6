import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { packageManifest, packageRoot } from '../src/recipe/packageRoot.ts';

interface Check {
  name: string;
  verdict: string;
  found: string;
}

const execute = promisify(execFile);
const isOn = process.env['NASHTUNE_PACKAGE_TEST'] === 'on';
if (!isOn) console.log('Skipped: the package tests install twice; NASHTUNE_PACKAGE_TEST=on runs them.');

// Nothing of npm's own, so that the inner npm reads the settings of its folder, not those of the outer one.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^VITEST/i.test(name)));
// A port where nobody listens: the addon of tfjs-node-gpu cannot be downloaded.
const blocked = { ...env, npm_config_ignore_scripts: 'false', TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/' };

async function run(
  folder: string,
  program: string,
  args: readonly string[],
  environment: object = env,
): Promise<string> {
  const { stdout } = await execute(program, args, { cwd: folder, env: { ...environment }, maxBuffer: 1e8 });
  return stdout;
}

async function doctor(folder: string): Promise<Map<string, Check>> {
  const checks = JSON.parse(await run(folder, 'npx', ['--no', 'nashtune', 'doctor', '--json'])) as Check[];
  return new Map(checks.map((check) => [check.name, check]));
}

describe.runIf(isOn)('the package, from the last commit', { timeout: 600_000 }, () => {
  let clone = '';
  let project = '';

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nashtune-package-'));
    clone = join(folder, 'clone');
    project = join(folder, 'my project');
    await mkdir(project);
    await run(folder, 'git', ['clone', '--quiet', '--depth=1', `file://${packageRoot()}`, clone]);
    await run(clone, 'npm', ['ci']);
  }, 600_000);

  afterAll(() => rm(join(clone, '..'), { recursive: true, force: true }));

  test('a clone runs after "npm ci", from its sources, with the library in the cache', async () => {
    expect(existsSync(join(clone, 'dist'))).toBe(false);
    const checks = await doctor(clone);
    expect(checks.get('library')?.verdict).toBe('good');
    expect(checks.get('JavaScript half')?.found).toContain('package @tensorflow/tfjs-node-gpu');
  });

  test('the tarball holds what runs, and the sources, but no tests', async () => {
    await run(clone, 'npm', ['run', 'build']);
    const [{ files }] = JSON.parse(await run(clone, 'npm', ['pack', '--json', '--pack-destination', project])) as [
      { files: { path: string }[] },
    ];
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/src/cli/entry.js',
        'dist/src/index.d.ts',
        'dist/src/world/assets/policy/model.safetensors',
        'dist/vendor/tfjs-node-gpu/LICENSE',
        'dist/vendor/tfjs-node-gpu/NOTICE',
        'dist/vendor/tfjs-node-gpu/nodejs_kernel_backend.js',
        'losses/sppo.ts',
        'recipes/sppo.ts',
        'src/cli/bin.js',
        'src/cli/entry.ts',
      ]),
    );
    // Of bench only what --peer runs in Python.
    expect(paths.filter((path) => /(^|\/)(test|node_modules)\/|^bench\/(?!peers\/)|\.test\./.test(path))).toEqual([]);
  });

  test('installed where the addon cannot be downloaded, it runs on its own copy of the JavaScript half', async () => {
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    await run(project, 'npm', ['install', `nashtune-${packageManifest().version}.tgz`], blocked);
    expect(existsSync(join(project, 'node_modules/@tensorflow/tfjs-node-gpu'))).toBe(false);
    const checks = await doctor(project);
    expect(checks.get('library')?.verdict).toBe('good');
    expect(checks.get('JavaScript half')?.found).toContain('copy in dist/vendor');
  });

  test('every public subpath can be imported from the tarball', async () => {
    const subpaths = Object.keys(packageManifest().exports).filter((subpath) => subpath !== './package.json');
    const imports = subpaths.map((subpath) => `await import('nashtune${subpath.slice(1)}');`);
    const script = `${imports.join('\n')} console.log('all imported');`;
    expect(await run(project, 'node', ['--input-type=module', '-e', script])).toBe('all imported\n');
  });

  test('a copied recipe runs in the project, and its types fit', async () => {
    await run(project, 'npx', ['--no', 'nashtune', 'copy', 'quickstart', 'mine.ts']);
    const config = await run(project, 'npx', ['--no', 'nashtune', 'run', './mine.ts', '--dry-run', '--set', 'seed=7']);
    expect(JSON.parse(config)).toMatchObject({ seed: 7 });
    const tsc = join(clone, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--typeRoots', join(clone, 'node_modules/@types'), '--types', 'node'];
    await run(project, 'node', [tsc, ...options, ...types, 'mine.ts']);
  });

  test('a program of the project runs a recipe', async () => {
    const script = `
      import { defineRecipe, run } from 'nashtune';
      import { z } from 'zod';
      const schema = z.object({ n: z.int().default(1) });
      const recipe = defineRecipe({ name: 'own', summary: '', schema, presets: {},
        run: async ({ n }, { result }) => result({ n }) });
      console.log(JSON.stringify(await run(recipe, { config: { n: 3 }, out: 'out' })));
      process.exit(0);`;
    expect(JSON.parse(await run(project, 'node', ['--input-type=module', '-e', script]))).toEqual({ n: 3 });
  });
});
