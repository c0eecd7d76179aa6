import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { runLog } from '../../src/recipe/runLog.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

test('the log stands beside the folder, with a time on each line, and begins once there is a run', async () => {
  const folder = join(await temporaryFolder(), 'run');
  let clock = 0;
  const log = runLog(folder, () => clock);
  log.line('reading');
  expect(existsSync(`${folder}.log`)).toBe(false);
  await mkdir(folder);
  await writeFile(join(folder, 'run.json'), '{}');
  clock = 1000;
  log.line('sampled');
  expect(await readFile(`${folder}.log`, 'utf8')).toBe(
    '1970-01-01T00:00:00.000Z reading\n1970-01-01T00:00:01.000Z sampled\n',
  );
});

test('what is going on is logged every ten seconds', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'run.json'), '{}');
  let clock = 0;
  const log = runLog(folder, () => clock);
  for (; clock <= 25_000; clock += 1000) log.now(`second ${clock / 1000}`);
  const lines = (await readFile(`${folder}.log`, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => line.slice(25))).toEqual(['second 0', 'second 10', 'second 20']);
});

test('a log that cannot be written does not stop the run', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'run.json'), '{}');
  await mkdir(`${folder}.log`);
  expect(() => runLog(folder).line('sampled')).not.toThrow();
});
