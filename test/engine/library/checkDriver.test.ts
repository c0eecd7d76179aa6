import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { checkDriver } from '../../../src/engine/library/checkDriver.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const PROPRIETARY = `NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024
GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)
`;
const OPEN = `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  565.57.01  Release Build  (dvs-builder@U16)
GCC version:  gcc version 13.3.0
`;

async function machine(files: Record<string, string>): Promise<{ root: string; ldconfig: string }> {
  const root = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return { root, ldconfig: join(root, 'ldconfig') };
}

const VERSION = 'proc/driver/nvidia/version';
const LIBCUDA = 'usr/lib/x86_64-linux-gnu/libcuda.so.1';
const DEVICE = 'dev/nvidiactl';

test.each([
  ['550.54.15', PROPRIETARY],
  ['565.57.01', OPEN],
])('reads version %s and finds no fault', async (version, text) => {
  const places = await machine({ [VERSION]: text, [LIBCUDA]: '', [DEVICE]: '' });
  expect(await checkDriver(places)).toEqual({ version, libcuda: join(places.root, LIBCUDA), problems: [] });
});

test('asks the loader first, and takes no 32-bit library', async () => {
  const places = await machine({ [VERSION]: OPEN, [DEVICE]: '' });
  const lines = [
    '3 libs found in cache',
    '\tlibcuda.so.1 (libc6) => /usr/lib/i386-linux-gnu/libcuda.so.1',
    '\tlibcuda.so.1 (libc6,x86-64) => /usr/local/nvidia/lib64/libcuda.so.1',
  ];
  await writeFile(
    places.ldconfig,
    `#!/bin/sh\n[ "$1" = -p ] && printf '%s\\n' ${lines.map((l) => `'${l}'`).join(' ')}\n`,
  );
  await chmod(places.ldconfig, 0o755);
  expect((await checkDriver(places)).libcuda).toBe('/usr/local/nvidia/lib64/libcuda.so.1');
});

test('names everything that is missing', async () => {
  const { problems } = await checkDriver(await machine({}));
  expect(problems).toEqual([
    'No NVIDIA driver is loaded (/proc/driver/nvidia/version is absent): install the driver of your GPU.',
    'libcuda.so.1 is not found: install the user part of the NVIDIA driver (in a container: --gpus all).',
  ]);
});

test('names a driver that is too old, and a container without devices', async () => {
  const old = PROPRIETARY.replace('550.54.15', '470.256.02');
  expect((await checkDriver(await machine({ [VERSION]: old, [LIBCUDA]: '', [DEVICE]: '' }))).problems).toEqual([
    'The NVIDIA driver 470.256.02 is too old for CUDA 12: update it to 525.60.13 or newer.',
  ]);
  expect((await checkDriver(await machine({ [VERSION]: OPEN, [LIBCUDA]: '' }))).problems).toEqual([
    '/dev/nvidiactl is absent: load the driver (nvidia-smi does it), or start the container with --gpus all.',
  ]);
});

test('accepts the driver of Windows under WSL, which has no kernel part to ask', async () => {
  const places = await machine({ 'dev/dxg': '', 'usr/lib/wsl/lib/libcuda.so.1': '' });
  expect(await checkDriver(places)).toMatchObject({ version: null, problems: [] });
});
