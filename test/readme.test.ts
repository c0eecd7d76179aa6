import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { temporaryFolder } from './base/temporaryFolder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

test('the TypeScript example of the README prints what its comment says', async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  const [, expected] = /print\(\); \/\/ \[(.*)\]/.exec(code!)!;
  // Inside the repository, so that imports resolve as in a project that has nashtune installed.
  const file = join(root, `readme-example-${process.pid}.mts`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, code!);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file], { cwd: root, encoding: 'utf8' });
  expect(stdout, stderr).toContain(`[${expected}]`);
});

test('the trainer of the README starts at 1 / (4 beta^2), descends, and has forty lines', async () => {
  const [, code] = /## A trainer of your own[\s\S]*?```ts\n([\s\S]*?)```/.exec(readme)!;
  expect(code!.trim().split('\n').length).toBeLessThanOrEqual(40);
  const pairs = join(await temporaryFolder(), 'pairs.jsonl');
  const rows = [1, 2, 3, 4].map((i) => ({
    id: `${i}`,
    prompt: `Suggest ${i} trips.`,
    chosen: 'Go to the sea.',
    rejected: 'No.',
  }));
  await writeFile(pairs, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const file = join(root, `readme-trainer-${process.pid}.mts`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, code!);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file, pairs], {
    cwd: root,
    encoding: 'utf8',
  });
  const printed = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  expect(
    printed.map(([epoch]) => epoch),
    stderr,
  ).toEqual([1, 1, 2, 2, 3, 3]);
  const losses = printed.map(([, loss]) => loss!);
  expect(losses[0]).toBeCloseTo(25, 3);
  expect(losses[4]! + losses[5]!).toBeLessThan(losses[0]! + losses[1]!);
});

test('the README names only commands that exist', async () => {
  const commands = [...readme.matchAll(/nashtune (run|recipes|copy|sample|logps|setup|doctor|bench|\w+)\b/g)].map(
    ([, verb]) => verb!,
  );
  const known = [
    'run',
    'recipes',
    'copy',
    'sample',
    'logps',
    'judge',
    'data',
    'bench',
    'report',
    'compare',
    'setup',
    'doctor',
  ];
  const named = commands.filter(
    (verb) => readme.includes(`npx nashtune ${verb}`) || readme.includes(`\`nashtune ${verb}`),
  );
  expect(named.filter((verb) => !known.includes(verb))).toEqual([]);
});

test('the test command of the README is the one that continuous integration runs', async () => {
  const ci = await readFile(join(root, '.ci/run'), 'utf8');
  expect(readme).toContain('npm ci && npm test');
  expect(ci).toMatch(/npm ci\nnpm test\n/);
});
