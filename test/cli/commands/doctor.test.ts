import { expect, test } from 'vitest';

import { runMain } from '../runMain.ts';

test('the exit code tells whether there is a problem, and --json lists the checks', async () => {
  const { exitCode, stdout } = await runMain(['doctor', '--json']);
  const checks = JSON.parse(stdout) as { name: string; verdict: string; found: string }[];
  expect(checks.length).toBeGreaterThan(0);
  for (const { name, verdict, found } of checks) {
    expect(['good', 'warning', 'problem']).toContain(verdict);
    expect(name).not.toBe('');
    expect(found).not.toBe('');
  }
  expect(exitCode).toBe(checks.some(({ verdict }) => verdict === 'problem') ? 2 : 0);
});

test('people get every check by name', async () => {
  const { stdout } = await runMain(['doctor']);
  const json = await runMain(['doctor', '--json']);
  for (const { name } of JSON.parse(json.stdout) as { name: string }[]) expect(stdout).toContain(name);
});
