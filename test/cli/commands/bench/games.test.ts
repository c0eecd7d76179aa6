import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

test('games are played, their rates printed, and a page written', async () => {
  const html = join(await temporaryFolder(), 'games.html');
  const argv = ['bench', 'games', '--game', 'cyclic', '--objective', 'spo', '--objective', 'nash-md'];
  const { exitCode, stdout, stderr } = await runMain([...argv, '--rounds', '60', '--html', html]);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).not.toContain('tfjs-node');
  expect(stdout).toContain('cyclic: Nash policy (0.3636, 0.2727, 0.3636), regularized (0.3794, 0.2835, 0.3371)');
  expect(stdout).toMatch(/\nspo +0\.\d+ +0\.\d+ +– /);
  expect(stdout).toMatch(/\nnash-md .* e\^-0\.0\d+t\n/);
  expect(stdout).toContain(html);
  expect(await readFile(html, 'utf8')).toContain('<svg');
});

test('--json holds the exploitability of every round and the last policies', async () => {
  const argv = [
    'bench',
    'games',
    '--game',
    'random',
    '--actions',
    '4',
    '--objective',
    'sppo',
    '--rounds',
    '5',
    '--json',
  ];
  const { exitCode, stdout } = await runMain(argv);
  expect(exitCode).toBe(0);
  const { games } = JSON.parse(stdout) as {
    games: { name: string; nash: number[]; runs: Record<string, number[]>[] }[];
  };
  expect(games).toHaveLength(1);
  expect(games[0]).toMatchObject({ name: 'random-4', nash: expect.any(Array) as number[] });
  const [run] = games[0]!.runs;
  expect(run!['gain']).toHaveLength(6);
  expect(run!['averageGain']).toHaveLength(6);
  expect(run!['last']!.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
});

test.each([
  [['--rounds', '0'], '--rounds: expected a whole number of at least 1, got 0.'],
  [['--actions', '2'], '--actions: expected a whole number from 3 to 12, got 2.'],
  [['--step', '0'], 'step must be above 0 and at most 10, got 0'],
  [['--tau', '9'], 'tau must be from 0.02 to 1/step'],
  [['--objective', 'spin'], '"nash-md"'],
])('bench games %j is refused', async (options, message) => {
  const { exitCode, stdout, stderr } = await runMain(['bench', 'games', ...options]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});
