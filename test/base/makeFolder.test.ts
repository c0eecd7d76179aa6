import { existsSync } from 'node:fs';
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeFolder } from '../../src/base/makeFolder.ts';
import { temporaryFolder } from './temporaryFolder.ts';

describe('makeFolder', () => {
  test('makes a folder and all above it, and is content with one that exists', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c');
    await makeFolder(path);
    await makeFolder(path);
    await makeFolder('/');
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('takes a link to a folder as a folder', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await makeFolder(join(folder, 'link'));
    await makeFolder(join(folder, 'link', 'inner'));
    expect(existsSync(join(folder, 'real', 'inner'))).toBe(true);
  });

  test('makes the same folder many times at once', async () => {
    const path = join(await temporaryFolder(), 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(path)));
    expect(existsSync(path)).toBe(true);
  });

  test('fails on a file in its place or above it', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'inner'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test.runIf(existsSync('/proc/self'))('fails, and does not hang, where the system makes no folders', async () => {
    await expect(makeFolder('/proc/nashtune/inner')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'mkdir' });
  });
});
