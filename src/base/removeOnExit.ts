import { rmSync } from 'node:fs';

/** Removes an unfinished file or folder when the process ends while `work` goes on, such as by a second Ctrl-C. */
export async function removeOnExit(path: string, work: () => Promise<void>): Promise<void> {
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await work();
  } finally {
    process.off('exit', remove);
  }
}
