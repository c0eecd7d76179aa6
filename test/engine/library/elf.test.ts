import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readElf } from '../../../src/engine/library/elf.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { makeLibrary } from './fakeWheel.ts';

async function read(bytes: Uint8Array): Promise<{ machine: string; runpath: string }> {
  const path = join(await temporaryFolder(), 'library.so');
  await writeFile(path, bytes);
  return readElf(path);
}

test('reads processor and search path of a library', async () => {
  expect(await read(makeLibrary({ runpath: '$ORIGIN/../nvidia', machine: 62 }))).toEqual({
    machine: 'x64',
    runpath: '$ORIGIN/../nvidia',
  });
  expect((await read(makeLibrary({ machine: 183 }))).machine).toBe('arm64');
  expect((await read(makeLibrary({ machine: 243 }))).machine).toBe('ELF machine 243');
});

test.skipIf(process.platform !== 'linux')('reads a real executable', async () => {
  expect((await readElf(process.execPath)).machine).toBe(process.arch);
});

test('notices a library that was cut, wherever', async () => {
  const whole = makeLibrary({ size: 4096 });
  for (const size of [4095, 1000, 100]) {
    await expect(read(whole.subarray(0, size))).rejects.toThrow(`is cut short: it has ${size} bytes`);
  }
  await expect(read(whole.subarray(0, 40))).rejects.toThrow('is not a shared library');
});

test('refuses what is no 64-bit library', async () => {
  await expect(read(Buffer.from('<html>not found</html>'.repeat(10)))).rejects.toThrow('is not a shared library (ELF)');
  await expect(read(new Uint8Array())).rejects.toThrow('is not a shared library (ELF)');
  const narrow = makeLibrary();
  narrow[4] = 1;
  await expect(read(narrow)).rejects.toThrow('is not a 64-bit little-endian library');
});
