import { setTimeout as sleep } from 'node:timers/promises';

import { lockFolder, type FolderLock } from './folderLock.ts';
import { UserError } from './userError.ts';

const WAIT_MS = 250;

/**
 * Takes the lock of an existing folder once whoever holds it gives it back.
 *
 * @param onWait told once, with the message that names the holder, when it has to wait
 * @throws the reason of `signal` once that is aborted
 */
export async function waitForFolder(
  folder: string,
  onWait: (holder: string) => void,
  signal?: AbortSignal,
): Promise<FolderLock> {
  for (let told = false; ; told = true) {
    signal?.throwIfAborted();
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'folder.locked') throw error;
      if (!told) onWait(error.message);
      await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
