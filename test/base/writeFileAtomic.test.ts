import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import {
  fsyncPath,
  replaceAtomic,
  TEMPORARY_NAME,
  temporaryPath,
  writeFileAtomic,
} from '../../src/base/writeFileAtomic.ts';
import { startScript } from './startScript.ts';
import { temporaryFolder } from './temporaryFolder.ts';

describe('writeFileAtomic', () => {
  test('writes text and bytes, creates missing folders and leaves no temporary file', async () => {
    const folder = await temporaryFolder();
    await writeFileAtomic(join(folder, 'a', 'b', 'text.txt'), 'Grüße\n');
    await writeFileAtomic(join(folder, 'a', 'b', 'bytes.bin'), Uint8Array.of(0, 255, 10));
    expect(await readFile(join(folder, 'a', 'b', 'text.txt'), 'utf8')).toBe('Grüße\n');
    expect([...(await readFile(join(folder, 'a', 'b', 'bytes.bin')))]).toEqual([0, 255, 10]);
    expect((await readdir(join(folder, 'a', 'b'))).sort()).toEqual(['bytes.bin', 'text.txt']);
  });

  test('replaces a file whole, so that a reader who opened the old one still reads the old one', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFileAtomic(path, 'old and long');
    const before = await stat(path);
    await writeFileAtomic(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).ino).not.toBe(before.ino);
  });

  test('keeps the old file and removes the temporary one when the target cannot be replaced', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'taken', 'inner'), { recursive: true });
    await expect(writeFileAtomic(join(folder, 'taken'), 'text')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(await readdir(folder)).toEqual(['taken']);
  });

  test('a writer killed at any moment leaves the old content or the new, whole', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    const size = 300_000;
    const script = `
      import { writeFileAtomic } from './src/base/writeFileAtomic.ts';
      console.log('ready');
      for (let i = 0; ; i++) await writeFileAtomic(process.argv[1], 'ab'[i % 2].repeat(${size}));`;
    for (const delay of [2, 5, 11, 23]) {
      const writer = startScript(script, [path]);
      await writer.line();
      await sleep(delay);
      await writer.kill('SIGKILL');
      const others = (await readdir(folder)).filter((name) => name !== 'file');
      expect(others.filter((name) => !TEMPORARY_NAME.test(name))).toEqual([]);
      const text = await readFile(path, 'utf8').catch(() => 'a'.repeat(size));
      expect(text.length).toBe(size);
      expect(new Set(text).size).toBe(1);
    }
  });
});

describe('replaceAtomic', () => {
  test('puts a whole folder in place', async () => {
    const path = join(await temporaryFolder(), 'checkpoint');
    await replaceAtomic(path, async (temporary) => {
      await mkdir(temporary);
      await writeFile(join(temporary, 'model.safetensors'), 'weights');
    });
    expect(await readdir(path)).toEqual(['model.safetensors']);
  });

  test('passes on the fault of the writer and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    await writeFileAtomic(path, 'old');
    const failing = replaceAtomic(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('the model is on fire');
    });
    await expect(failing).rejects.toThrow('the model is on fire');
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});

test('temporary names are new each time, lie beside the file and are told apart from all others', () => {
  const [one, two] = [temporaryPath('/out/run.json'), temporaryPath('/out/run.json')];
  expect(one).not.toBe(two);
  expect(dirname(one)).toBe('/out');
  expect(basename(one)).toMatch(TEMPORARY_NAME);
  for (const name of ['run.json', '.hidden', 'run.json.0123abcd.tmp', '.run.json.tmp', '.run.json.0123ABCD.tmp']) {
    expect(name).not.toMatch(TEMPORARY_NAME);
  }
});

test('fsyncPath flushes files and folders, and fails when there is none', async () => {
  const folder = await temporaryFolder();
  await expect(fsyncPath(folder)).resolves.toBeUndefined();
  await expect(fsyncPath(join(folder, 'missing'))).rejects.toThrow('ENOENT');
});
