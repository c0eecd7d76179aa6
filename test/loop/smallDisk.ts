import { execFileSync } from 'node:child_process';

import { onTestFinished } from 'vitest';
import type { TestContext } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';

/**
 * Mounts a tiny file system for the running test: `options` as of `mount -t tmpfs -o`. Where this is not allowed, the
 * test is skipped and the reason printed.
 */
export async function smallDisk(options: string, skip: TestContext['skip']): Promise<string> {
  const folder = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    console.warn(`Not tested: a file system with "${options}" cannot be mounted here (${reason}).`);
    skip('cannot mount');
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}
