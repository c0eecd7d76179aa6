import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { shippedPrompts } from 'nashtune/world';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';

const BIN = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));
const SETTINGS = {
  rounds: 2,
  'data.promptsPerRound': 6,
  'sampling.samples': 3,
  'sampling.maxNewTokens': 12,
  'sampling.batchSize': 18,
  'loss.eta': 10,
  'train.learningRate': 1e-4,
  'train.batchSize': 2,
  'train.epochs': 2,
  'train.checkpointEvery': 2,
  'train.optimizer': 'rmsprop',
  'train.layout': 'shared-prompt',
  'train.schedule': 'cosine',
  // Bytes are what is compared, and float32 compiles fastest.
  precision: 'fp32',
};

async function promptFile(folder: string): Promise<string> {
  const path = join(folder, 'prompts.jsonl');
  const rows = shippedPrompts().heldOut.slice(0, 12);
  await writeFile(
    path,
    rows.map(({ id, messages }) => `${JSON.stringify({ id, prompt: messages[0]!.content })}\n`).join(''),
  );
  return path;
}

function start(prompts: string, out: string, ...extra: string[]): ChildProcess {
  const settings = Object.entries({ 'data.prompts': prompts, ...SETTINGS }).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ]);
  return spawn(process.execPath, [BIN, 'run', 'sppo', ...settings, '--out', out, ...extra], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function end(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

/** Kills the process, as `kill -9` does, as soon as `path` exists. */
async function killWhen(child: ChildProcess, path: string): Promise<void> {
  const ended = end(child);
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`The run ended before ${path} existed: ${(await ended).output}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGKILL');
  await ended;
}

/** Contents of all files of a run but its timings, by path. */
async function contents(folder: string): Promise<Map<string, string>> {
  const paths = (await readdir(folder, { recursive: true })).sort();
  const files = new Map<string, string>();
  for (const path of paths) {
    if (path === 'timings.jsonl' || !(await stat(join(folder, path))).isFile()) continue;
    files.set(path, (await readFile(join(folder, path))).toString('base64'));
  }
  return files;
}

test(
  'a run killed in training and in sampling, then resumed, ends with the bytes of an uninterrupted one',
  { timeout: 300_000 },
  async () => {
    const folder = await temporaryFolder();
    const prompts = await promptFile(folder);
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];

    const uninterrupted = await end(start(prompts, whole));
    expect(uninterrupted.code, uninterrupted.output).toBe(0);
    await killWhen(start(prompts, broken), join(broken, 'round-01/training-state/step-2.safetensors'));
    await killWhen(start(prompts, broken, '--resume'), join(broken, 'round-02/samples.arrow'));
    const resumed = await end(start(prompts, broken, '--resume'));
    expect(resumed.code, resumed.output).toBe(0);

    const [a, b] = [await contents(whole), await contents(broken)];
    expect([...b.keys()]).toEqual([...a.keys()]);
    for (const [path, bytes] of a) expect(b.get(path) === bytes, `${path} differs`).toBe(true);
    expect([...a.keys()]).toEqual(
      expect.arrayContaining(['run.json', 'metrics.jsonl', 'report.html', 'round-02/checkpoint/model.safetensors']),
    );
    expect([...a.keys()].filter((path) => path.includes('training-state') || path.endsWith('.tmp'))).toEqual([]);
  },
);

test('a second run on the same folder is refused and changes nothing', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder();
  const out = join(folder, 'out');
  await writeFile(join(folder, 'keep'), 'me');
  const prompts = await promptFile(folder);
  const first = start(prompts, out);
  const ended = end(first);
  while (!existsSync(join(out, 'run.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await end(start(prompts, out, '--resume'));
  first.kill('SIGKILL');
  await ended;
  expect(second.code).toBe(2);
  expect(second.output).toMatch(/lock|in use|running/i);
});
