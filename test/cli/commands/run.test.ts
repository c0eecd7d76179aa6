import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { runMain } from '../runMain.ts';

const GIVEN = ['run', 'tiny', '--preset', 'given'];

test('a run prints its results on standard output and what goes on on standard error', async () => {
  const { exitCode, stdout, stderr } = await runMain(GIVEN);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'counting for preset.jsonl\n' });
  expect(stderr).toContain('step 1\n');
});

test('with --json standard output is the result alone', async () => {
  const { exitCode, stdout, stderr } = await runMain([...GIVEN, '--json', '--resume', '--out', 'some/run']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    steps: 2,
    json: true,
    resume: true,
    out: join(process.cwd(), 'some/run'),
  });
  expect(stderr).toContain('counting for preset.jsonl\n');
});

test('the output folder is named after the recipe', async () => {
  const { stdout } = await runMain([...GIVEN, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ out: join(process.cwd(), 'runs/tiny') });
});

test('--dry-run prints the resolved options and runs nothing', async () => {
  const file = join(await temporaryFolder(), 'config.json');
  await writeFile(file, '{"steps": 7, "data": {"limit": 7}}');
  const options = ['--config', file, '--set', 'data.limit=8', '--set', 'train.tags=["a"]', '--seed', '9', '--dry-run'];
  const { exitCode, stdout } = await runMain([...GIVEN, ...options]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    steps: 7,
    seed: 9,
    mode: 'count',
    data: { prompts: 'preset.jsonl', limit: 8 },
    train: { rate: 0.1, tags: ['a'] },
  });
});

test('the hint for a wrong option calls the recipe as the user did', async () => {
  const { exitCode, stderr } = await runMain([...GIVEN, '--set', 'stpes=3']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Did you mean "steps"?');
  expect(stderr).toContain('Run "nashtune recipes tiny" for all options.');
});

test('a fault of the input is told in its message alone', async () => {
  const { exitCode, stdout, stderr } = await runMain([...GIVEN, '--set', 'mode=user-fault', '--json']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'tiny.fault', message: 'Tiny: the prompts are wrong. Write others.' },
  });
  expect(stderr).not.toContain('    at ');
});

test('a bug is told with its stack', async () => {
  const { exitCode, stdout, stderr } = await runMain([...GIVEN, '--set', 'mode=bug']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'counting for preset.jsonl\n' });
  expect(stderr).toContain('RangeError: a bug in the recipe\n    at ');
});

test('an interrupted run says how to go on', async () => {
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(), 200);
  const { exitCode, stderr } = await runMain([...GIVEN, '--set', 'mode=wait'], interrupt);
  expect(exitCode).toBe(130);
  expect(stderr).toContain('Stopped; what was finished is saved. Run the same command with --resume to go on.\n');
});

test.each([
  ['--device', 'gup', '--device: expected auto, cpu, gpu or gpu:<number>, got "gup".'],
  ['--device', 'gpu:', '--device: expected auto, cpu, gpu or gpu:<number>, got "gpu:".'],
  ['--threads', '0', '--threads: expected a whole number above 0, got 0.'],
  ['--threads', 'two', '--threads: expected a whole number above 0, got NaN.'],
])('%s %s is refused', async (option, value, message) => {
  const { exitCode, stderr } = await runMain([...GIVEN, option, value]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `${message}\n` });
});
