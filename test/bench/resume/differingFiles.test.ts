import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { differingFiles } from '../../../bench/resume/differingFiles.ts';
import { runHashes } from '../../../bench/resume/runHashes.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

/** Hashes of a folder with these files. */
async function hashesOf(files: Record<string, string>): Promise<Map<string, string>> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'round-01'));
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
  return runHashes(folder);
}

test('runs with the same bytes do not differ, whatever their timings are', async () => {
  const whole = await hashesOf({ 'round-01/weights': 'w', 'timings.jsonl': '1' });
  const resumed = await hashesOf({ 'round-01/weights': 'w', 'timings.jsonl': '2' });
  expect([...whole.keys()]).toEqual(['round-01/weights']);
  expect(differingFiles(whole, resumed)).toEqual([]);
});

test('another byte, a missing file and one too many are each named', async () => {
  const whole = await hashesOf({ 'round-01/weights': 'w', 'metrics.jsonl': 'm' });
  const resumed = await hashesOf({ 'round-01/weights': 'v', '.lock.tmp': '' });
  expect(differingFiles(whole, resumed)).toEqual([
    '.lock.tmp is there only after the kills',
    'metrics.jsonl is missing',
    'round-01/weights differs',
  ]);
});
