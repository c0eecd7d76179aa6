import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { smallRun } from '../../loop/report/smallRun.ts';
import { runMain } from '../runMain.ts';

test('report makes the page again and tells where it is, with the main numbers', async () => {
  const folder = await smallRun(join(await temporaryFolder(), 'run'));
  const { exitCode, stdout } = await runMain(['report', folder]);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    [
      'round 1  judged 62.5% (52.5 to 72.5), KL 0.5 nats, 7 tokens',
      'round 2  judged 75.0% (65.0 to 85.0), KL 1 nats, 10 tokens',
      "alarm: round 2: the answers have 2.50 times the length of the base's. Look whether the judge goes by length, and hold the policy closer to its reference.",
      join(folder, 'report.html'),
      '',
    ].join('\n'),
  );
  const page = await readFile(join(folder, 'report.html'), 'utf8');
  expect(page).toContain('<title>A small run</title>');
  expect(page).toContain('Time and memory');
});

test('a run that was killed gets a report that says what it lacks', async () => {
  const folder = await smallRun(join(await temporaryFolder(), 'run'), { killedAfter: 'judgments' });
  const { exitCode, stdout } = await runMain(['report', folder, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    report: join(folder, 'report.html'),
    finished: false,
    rounds: [{ round: 1, judgeWinRate: { mean: 0.625 }, values: { klToBase: 0.5 } }],
    missing: [expect.stringContaining('--resume'), 'Round 2: judged, and not yet paired.'],
  });
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('Round 2: judged, and not yet paired.');
});

test('a folder without a run is refused, and nothing is written', async () => {
  const folder = await temporaryFolder();
  const { exitCode, stderr } = await runMain(['report', folder]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`Expected the folder of a run, found no run.json in "${folder}".`);
  expect(await readdir(folder)).toEqual([]);
  expect((await runMain(['report', join(folder, 'none')])).stderr).toContain('found nothing at');
});
