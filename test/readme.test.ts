import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

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

test('the README names only commands that exist', async () => {
  const commands = [...readme.matchAll(/nashtune (run|recipes|copy|sample|logps|setup|doctor|bench|\w+)\b/g)].map(
    ([, verb]) => verb!,
  );
  const known = ['run', 'recipes', 'copy', 'sample', 'logps', 'setup', 'doctor', 'bench'];
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
