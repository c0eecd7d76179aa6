import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { findPythonTensorflow } from '../../../src/engine/library/pythonTensorflow.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('pythonTensorflow.test.ts: no python3 on this machine, tests that need it are skipped.');
    return false;
  }
}

const python = hasPython();

async function sitePackages(distribution: string | null): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'tensorflow'));
  await writeFile(join(folder, 'tensorflow', '__init__.py'), 'raise SystemExit("imported")\n');
  if (distribution === null) return folder;
  const info = join(folder, `${distribution.replace('-', '_')}-2.21.0.dist-info`);
  await mkdir(info);
  await writeFile(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: ${distribution}\nVersion: 2.21.0\n`);
  return folder;
}

test.skipIf(!python).each(['tensorflow', 'tensorflow-cpu'])('finds %s without importing it', async (distribution) => {
  const site = await sitePackages(distribution);
  const env = { ...process.env, PYTHONPATH: site };
  expect(await findPythonTensorflow(env)).toEqual({ folder: join(site, 'tensorflow'), version: '2.21.0' });
});

test.skipIf(!python)('takes no folder of the name that pip did not install', async () => {
  const env = { ...process.env, PYTHONPATH: await sitePackages(null) };
  expect(await findPythonTensorflow(env)).toBeNull();
});

test('finds nothing without Python, or with a Python that fails or prints something else', async () => {
  const bin = await temporaryFolder();
  expect(await findPythonTensorflow({ PATH: bin })).toBeNull();
  for (const body of ['exit 3', 'echo hello', 'echo "{cut"']) {
    await writeFile(join(bin, 'python3'), `#!/bin/sh\n${body}\n`);
    await chmod(join(bin, 'python3'), 0o755);
    expect(await findPythonTensorflow({ PATH: bin })).toBeNull();
  }
});
