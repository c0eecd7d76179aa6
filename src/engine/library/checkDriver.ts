import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { compareVersions } from './requirements.ts';

/** What is known of the NVIDIA driver. */
export interface DriverStatus {
  /** Such as `550.54.15`; null when the kernel part is absent or does not tell. */
  version: string | null;
  /** Path of `libcuda.so.1`, or null. */
  libcuda: string | null;
  /** Empty when a CUDA build can use the GPU; otherwise one sentence each, with what to do. */
  problems: string[];
}

interface DriverPlaces {
  /** What the paths below `/` are taken from. Default `/`. */
  root?: string | undefined;
  /** Command that lists the loader's cache when given `-p`. Default `/sbin/ldconfig`. */
  ldconfig?: string | undefined;
}

// CUDA 12 runs on every driver from its first release on: CUDA compatibility guide, "minor version compatibility".
const OLDEST_DRIVER = '525.60.13';

const LIBCUDA_FOLDERS = [
  'usr/lib/x86_64-linux-gnu',
  'usr/lib64',
  'usr/lib',
  'usr/lib/wsl/lib',
  'usr/local/nvidia/lib64',
  'usr/local/cuda/compat',
];

/** Looks for the NVIDIA driver, its library and its devices, without loading anything. */
export async function checkDriver({
  root = '/',
  ldconfig = '/sbin/ldconfig',
}: DriverPlaces = {}): Promise<DriverStatus> {
  const text = await readFile(join(root, 'proc/driver/nvidia/version'), 'utf8').catch(() => '');
  const version = /NVRM version:.*?\s(\d{3,}(?:\.\d+)+)\s/.exec(text)?.[1] ?? null;
  const libcuda = await findLibcuda(root, ldconfig);
  const wsl = await exists(join(root, 'dev/dxg'));
  const problems: string[] = [];
  if (version === null && !wsl) {
    problems.push(
      'No NVIDIA driver is loaded (/proc/driver/nvidia/version is absent): install the driver of your GPU.',
    );
  } else if (version !== null && compareVersions(version, OLDEST_DRIVER) < 0) {
    problems.push(`The NVIDIA driver ${version} is too old for CUDA 12: update it to ${OLDEST_DRIVER} or newer.`);
  }
  if (libcuda === null) {
    problems.push(
      'libcuda.so.1 is not found: install the user part of the NVIDIA driver (in a container: --gpus all).',
    );
  }
  if (version !== null && !(await exists(join(root, 'dev/nvidiactl')))) {
    problems.push(
      '/dev/nvidiactl is absent: load the driver (nvidia-smi does it), or start the container with --gpus all.',
    );
  }
  return { version, libcuda, problems };
}

async function findLibcuda(root: string, ldconfig: string): Promise<string | null> {
  const { stdout } = await promisify(execFile)(ldconfig, ['-p']).catch(() => ({ stdout: '' }));
  // The cache may list a 32-bit library of the same name.
  const listed = /^\s*libcuda\.so\.1 \(libc6,(?:x86-64|AArch64)[^)]*\) => (.+)$/m.exec(stdout)?.[1];
  if (listed !== undefined) return listed;
  for (const folder of LIBCUDA_FOLDERS) {
    const path = join(root, folder, 'libcuda.so.1');
    if (await exists(path)) return path;
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
