import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Started {
  child: ChildProcess;
  /** What has been written so far. */
  written: { stdout: string; stderr: string };
  /** Waits until standard error holds a text. */
  told(text: string): Promise<void>;
  ended: Promise<number | null>;
}

/** Starts the command from the sources, without the native library: it is not the subject. */
function start(...args: string[]): Started {
  const env = { ...process.env, NASHTUNE_NATIVE: 'off' };
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/entry.ts', ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => child.exitCode);
  const told = async (text: string): Promise<void> => {
    while (!written.stderr.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended before it told "${text}": ${written.stderr}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  return { child, written, told, ended };
}

/** A recipe that works in steps of `stepMs` until it is interrupted. */
async function endlessRecipe(stepMs: number): Promise<string> {
  const path = join(await temporaryFolder(), 'endless.ts');
  await writeFile(
    path,
    `import { defineRecipe } from 'nashtune';
     import { z } from 'zod';
     export default defineRecipe({
       name: 'endless', summary: '', schema: z.object({}), presets: {},
       run: async (_config: object, { progress, print, signal }) => {
         progress('working');
         for (;;) {
           await new Promise((done) => setTimeout(done, ${stepMs}));
           if (signal.aborted) print('saved');
           signal.throwIfAborted();
         }
       },
     });`,
  );
  return path;
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops a run after its step, with exit code 130', async (signal) => {
  const run = start('run', await endlessRecipe(100));
  await run.told('working');
  run.child.kill(signal);
  expect(await run.ended).toBe(130);
  expect(run.written.stdout).toBe('saved\n');
  expect(run.written.stderr).toContain('Stopping after the current step; press again to stop at once.\n');
});

test('a second interrupt stops it at once', async () => {
  const run = start('run', await endlessRecipe(1_000_000));
  await run.told('working');
  run.child.kill('SIGINT');
  await run.told('press again');
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  expect(run.written.stdout).toBe('');
});

test('a second interrupt takes the file with it that was being written', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'in.jsonl');
  await writeFile(path, '{"prompt":"a","chosen":"b","rejected":"c"}\n'.repeat(1_000_000));
  const run = start('data', 'convert', path, join(folder, 'out.jsonl.gz'));
  while ((await readdir(folder)).length < 2) await new Promise((done) => setTimeout(done, 5));
  run.child.kill('SIGINT');
  run.child.kill('SIGTERM');
  expect(await run.ended).toBe(130);
  expect(await readdir(folder)).toEqual(['in.jsonl']);
});

test('the exit code and both streams are those of the process', async () => {
  const { ended, written } = start('run', 'no-such-recipe', '--json');
  expect(await ended).toBe(2);
  expect(JSON.parse(written.stdout)).toMatchObject({ error: { code: 'recipe.unknown' } });
  expect(written.stderr).toContain('Unknown recipe "no-such-recipe".');
});

test('a reader that leaves early is no fault', async () => {
  const { child, ended, written } = start('recipes', 'quickstart');
  child.stdout?.destroy();
  expect(await ended).toBe(0);
  expect(written.stderr).toBe('');
});
