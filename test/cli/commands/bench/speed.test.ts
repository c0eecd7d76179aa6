import { expect, test } from 'vitest';

import { runMain } from '../../runMain.ts';

test.each([
  ['train', '--steps', '0', '--steps: expected a whole number above 0, got 0.'],
  ['train', '--steps', 'many', '--steps: expected a whole number above 0, got NaN.'],
  ['train', '--seed', '1.5', '--seed: expected a whole number, got 1.5.'],
  ['train', '--threads', '-1', '--threads: expected a whole number above 0, got -1.'],
  ['train', '--device', 'tpu', '--device: expected auto, cpu, gpu or gpu:<number>, got "tpu".'],
  ['startup', '--steps', '0', '--steps: expected a whole number above 0, got 0.'],
  [
    'generate',
    '--mode',
    'graph',
    'nashtune bench generate: Unknown option "--mode". Run "nashtune bench generate --help" for its options.',
  ],
])('bench %s %s %s is refused before anything runs', async (what, option, value, message) => {
  const { exitCode, stdout, stderr } = await runMain(['bench', what, option, value]);
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: `${message}\n` });
});

test.each([
  ['benchmark', ['bench', 'cook'], 'train, generate, startup'],
  ['precision', ['bench', 'train', '--precision', 'fp64'], '"auto", "fp32", "bf16"'],
])('an unknown %s is answered with those there are', async (_, argv, choices) => {
  const { exitCode, stderr } = await runMain(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(choices);
  expect(stderr).toMatch(/nashtune bench (train )?--help/);
});

test('a benchmark prints its figures, and where they were taken', async () => {
  const { exitCode, stdout } = await runMain(['bench', 'startup', '--steps', '1']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^startup\n/);
  expect(stdout).toMatch(/nashtune --help, from sources: \d+\.\d\d s \(\d+\.\d\d to \d+\.\d\d\)/);
  expect(stdout).toContain(`Node ${process.version}`);
});
