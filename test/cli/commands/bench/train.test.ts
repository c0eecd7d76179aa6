import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { loadTokenizer, renderChat } from '../../../../datasets/index.ts';
import { startEngine } from '../../../../src/engine/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { runMain } from '../../runMain.ts';

const ROWS = [
  { id: 'a', prompt: 'Name a trip.', chosen: 'Go to the sea.', rejected: 'No.' },
  { id: 'long', prompt: 'Name a trip.', chosen: 'sea '.repeat(200), rejected: 'No.' },
  { id: 'b', prompt: 'Two books, please.', chosen: 'Two light books about the sun.', rejected: 'Books.' },
  { id: 'c', prompt: 'Hi', chosen: 'Hello there, friend.', rejected: 'Hi' },
  { id: 'd', prompt: 'Hi', chosen: 'Good day.', rejected: 'What' },
  { id: 'not needed', prompt: 'Hi', chosen: 'Good day.', rejected: 'What' },
];

let [folder, model, pairs] = ['', '', ''];

beforeAll(async () => {
  await startEngine({ device: 'cpu' });
  folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  model = join(folder, 'model');
  pairs = join(folder, 'pairs.jsonl');
  await saveTinyModel(model);
  await writeFile(pairs, ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
});

afterAll(() => rm(folder, { recursive: true }));

/** Tokens of prompt and answer with its end token, prompts once for each answer. */
async function tokensOf(ids: readonly string[]): Promise<number> {
  const tokenizer = await loadTokenizer(model);
  const count = (prompt: string, answer: string): number => {
    const messages = [
      { role: 'user' as const, content: prompt },
      { role: 'assistant' as const, content: answer },
    ];
    const tokens = tokenizer.encode(renderChat(tokenizer, messages, { addGenerationPrompt: false }), {
      addSpecialTokens: false,
    });
    return tokens.lastIndexOf(tokenizer.eosTokenId!) + 1;
  };
  const rows = ROWS.filter(({ id }) => ids.includes(id));
  return rows.reduce((sum, { prompt, chosen, rejected }) => sum + count(prompt, chosen) + count(prompt, rejected), 0);
}

const train = (...more: string[]): ReturnType<typeof runMain> =>
  runMain(['bench', 'train', '--model', model, '--pairs', pairs, '--mode', 'eager', ...more]);
const TWO_STEPS = ['--batch-size', '2', '--max-length', '48', '--steps', '2', '--precision', 'fp32'];

test('--json holds one object: real tokens, speed, compilation, memory, and what they must be read with', async () => {
  const { exitCode, stdout, stderr } = await train(...TWO_STEPS, '--json');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('Left out 1 pairs of more than 48 tokens: long.');
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(result).toMatchObject({ precision: 'fp32', steps: 2, batchSize: 2, maxLength: 48, dropped: 1, loss: 'dpo' });
  expect(result['tokens']).toBe(await tokensOf(['a', 'b', 'c', 'd']));
  const [fastest, slowest] = result['stepSecondsRange'] as unknown as [number, number];
  expect(result['tokensPerSecond']! * (fastest + slowest)).toBeCloseTo(result['tokens']!, 6);
  expect(result['stepSecondsMedian']).toBeCloseTo((fastest + slowest) / 2, 9);
  for (const key of ['compileSeconds', 'spread', 'peakRssMB', 'cores', 'threads', 'loadAverage']) {
    expect(result[key], key).toBeGreaterThanOrEqual(0);
  }
  expect(result['processor']).toEqual(expect.any(String));
});

test('shared prompts count as often as without sharing', async () => {
  const { stdout } = await train(...TWO_STEPS, '--layout', 'shared-prompt', '--json');
  expect((JSON.parse(stdout) as { tokens: number }).tokens).toBe(await tokensOf(['a', 'b', 'c', 'd']));
});

test('without --json there is a small table', async () => {
  const { exitCode, stdout } = await train(...TWO_STEPS);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^train model +\S+, 0\.0M weights\ntrain job +dpo, 2 steps of 2 pairs of at most 48 tokens/);
  expect(stdout).toMatch(/\ntrain speed +\d+ tokens\/s in fp32\n/);
});

test('too few pairs for the steps are refused, with the long ones counted', async () => {
  const { exitCode, stdout, stderr } = await train('--batch-size', '2', '--max-length', '48', '--steps', '20');
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(
    `${pairs}: expected 40 pairs for 20 steps of 2, found 5 of at most 48 tokens and 1 longer ones. ` +
      'Lower --steps to 2, or give a file with more pairs.',
  );
});

test('a model that is not there is refused', async () => {
  const { exitCode, stderr } = await runMain(['bench', 'train', '--model', 'nowhere', '--pairs', pairs, '--json']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('nowhere');
});

test('a comparison without its environment is refused with the command that makes it', async () => {
  const cache = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = await temporaryFolder();
  try {
    const { exitCode, stderr } = await train(...TWO_STEPS, '--peer', 'trl');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--peer: expected a Python environment in \S+peers, found none\. Make it with "\S+setup"\./);
  } finally {
    if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = cache;
  }
});

test('the script that makes the environment pins every package', async () => {
  const list = await readFile('bench/peers/requirements.txt', 'utf8');
  for (const line of list.trim().split('\n')) expect(line).toMatch(/^[a-z]+==\d+\.\d+\.\d+$/);
});

test.each([
  [['--steps', '0'], '--steps: expected a whole number of at least 1, got 0.'],
  [['--steps', 'many'], '--steps: expected a whole number of at least 1, got NaN.'],
  [['--seed', '1.5'], '--seed: expected a whole number, got 1.5.'],
  [['--threads', '-1'], '--threads: expected a whole number above 0, got -1.'],
  [['--device', 'tpu'], '--device: expected auto, cpu, gpu or gpu:<number>, got "tpu".'],
  [['--model', 'folder'], 'Expected --model and --pairs together, or neither.'],
  [['--layout', 'packed', '--micro-batch-size', '2'], '--micro-batch-size goes with padded rows'],
  [['--loss-options', 'beta'], '--loss-options: expected a JSON object such as {"beta":0.1}, got beta.'],
  [['--precision', 'fp64'], '"auto", "fp32", "bf16"'],
  [['--peer', 'trl'], '--peer: expected one precision for both sides. Add --precision bf16 or fp32.'],
  [['--peer', 'trl', '--loss', 'inpo', '--precision', 'fp32'], 'expected a job that TRL can do, got --loss inpo'],
])('bench train %j is refused before anything runs', async (options, message) => {
  const { exitCode, stdout, stderr } = await runMain(['bench', 'train', ...options]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});
