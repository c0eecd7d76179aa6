import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../../src/engine/index.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { runMain } from '../../runMain.ts';

let [folder, model, prompts] = ['', '', ''];

beforeAll(async () => {
  await startEngine({ device: 'cpu' });
  folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  model = join(folder, 'model');
  prompts = join(folder, 'prompts.jsonl');
  await saveTinyModel(model);
  const rows = [{ prompt: 'Name a trip.' }, { id: 'long', prompt: 'sea '.repeat(100) }, { prompt: 'Hi' }];
  await writeFile(prompts, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

afterAll(() => rm(folder, { recursive: true }));

test('--json holds one object, with the new tokens of all rows counted, and fewer prompts than rows taken again', async () => {
  const argv = ['bench', 'generate', '--model', model, '--prompts', prompts, '--batch-size', '3'];
  const { exitCode, stdout, stderr } = await runMain([...argv, '--max-new-tokens', '5', '--steps', '2', '--json']);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('Left out 1 prompts that leave no room for 5 new tokens: long.');
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(result).toMatchObject({ batchSize: 3, newTokens: 5, tokens: 2 * 3 * 5, steps: 2, dropped: 1, seed: 1 });
  const [fastest, slowest] = result['stepSecondsRange'] as unknown as [number, number];
  expect(result['tokensPerSecond']! * (fastest + slowest)).toBeCloseTo(6, 6);
  for (const key of ['compileSeconds', 'stepSecondsMedian', 'spread', 'peakRssMB', 'cores']) {
    expect(result[key], key).toBeGreaterThanOrEqual(0);
  }
});

test('prompts that all leave no room are refused with the option to lower', async () => {
  const argv = ['bench', 'generate', '--model', model, '--prompts', prompts, '--max-new-tokens', '63'];
  const { exitCode, stderr } = await runMain(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--max-new-tokens');
});

test.each([
  [['--batch-size', '0'], '--batch-size: expected a whole number of at least 1, got 0.'],
  [['--model', 'folder'], 'Expected --model and --prompts together, or neither.'],
  [['--mode', 'graph'], 'nashtune bench generate: Unknown option "--mode".'],
  [['--peer', 'hf'], '--peer: expected one precision for both sides. Add --precision bf16 or fp32.'],
])('bench generate %j is refused before anything runs', async (options, message) => {
  const { exitCode, stdout, stderr } = await runMain(['bench', 'generate', ...options]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});
