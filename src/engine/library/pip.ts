import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Environment } from './libraryLocation.ts';
import { NEWEST_GLIBC_MINOR } from './wheels.ts';

const run = promisify(execFile);
const POLL_MS = 200;
// pip takes a platform literally: a wheel for an older glibc is found only when that one is named too.
const PLATFORMS = [
  ...Array.from({ length: NEWEST_GLIBC_MINOR - 4 }, (_, i) => `manylinux_2_${NEWEST_GLIBC_MINOR - i}`),
  'manylinux2014',
  'manylinux2010',
  'manylinux1',
];
const PROBE_TIMEOUT_MS = 15_000;

/** A Python whose pip works. */
export interface Pip {
  python: string;
  env: Environment;
}

/** The first of `python3` and `python` that has pip, or null. */
export async function findPip(env: Environment): Promise<Pip | null> {
  for (const python of ['python3', 'python']) {
    try {
      await run(python, ['-m', 'pip', '--version'], { env: { ...env }, timeout: PROBE_TIMEOUT_MS });
      return { python, env };
    } catch {
      continue;
    }
  }
  return null;
}

/**
 * Downloads one wheel with pip, which honours the mirrors, proxies and certificates it is configured for.
 *
 * @param requirement such as `tensorflow-cpu==2.21.0`
 * @param machine     such as `x86_64`
 * @param folder      where the wheel appears, whole
 * @param onBytes     told the bytes on disk so far; pip itself is silent unless it writes to a terminal
 * @returns path of the wheel
 * @throws {Error} with the end of what pip printed
 */
export async function pipDownload(
  pip: Pip,
  requirement: string,
  machine: string,
  folder: string,
  onBytes: (receivedBytes: number) => void,
): Promise<string> {
  const scratch = await mkdtemp(join(folder, '.pip-'));
  const [destination, temporary] = [join(scratch, 'wheel'), join(scratch, 'tmp')];
  await Promise.all([mkdir(destination), mkdir(temporary)]);
  let finished = false;
  const report = (bytes: number): void => {
    if (!finished) onBytes(bytes);
  };
  const polling = setInterval(() => void largestFile(scratch).then(report), POLL_MS);
  try {
    // pip downloads into TMPDIR first: kept beside the destination, it neither fills /tmp nor hides its progress.
    await run(pip.python, pipArguments(requirement, machine, destination), {
      env: { ...pip.env, TMPDIR: temporary },
      maxBuffer: 1 << 24,
    });
    const name = (await readdir(destination)).find((file) => file.endsWith('.whl'));
    if (name === undefined) throw new Error('pip reported success and left no wheel');
    await rename(join(destination, name), join(folder, name));
    return join(folder, name);
  } catch (error) {
    throw new Error(`pip could not download ${requirement}: ${lastLines(error)}`, { cause: error });
  } finally {
    finished = true;
    clearInterval(polling);
    await rm(scratch, { recursive: true, force: true });
  }
}

function pipArguments(requirement: string, machine: string, destination: string): string[] {
  const fixed = '-m pip download --no-deps --only-binary=:all: --no-cache-dir --no-input --disable-pip-version-check';
  const target = '--progress-bar=off --retries=2 --implementation=cp --python-version=311';
  const tags = PLATFORMS.map((platform) => `--platform=${platform}_${machine}`);
  return [...fixed.split(' '), ...target.split(' '), ...tags, '--dest', destination, requirement];
}

async function largestFile(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0);
  return Math.max(0, ...(await Promise.all(sizes)));
}

function lastLines(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  const lines = (stderr.trim() === '' ? error.message : stderr).trim().split('\n');
  return lines.slice(-3).join(' ');
}
