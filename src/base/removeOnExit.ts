import { rmSync } from 'node:fs';

const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true });
}

/** Removes an unfinished file or folder when the process ends while `work` goes on, such as by a second Ctrl-C. */
export async function removeOnExit(path: string, work: () => Promise<void>): Promise<void> {
  if (unfinished.size === 0) process.on('exit', removeUnfinished);
  unfinished.add(path);
  try {
    await work();
  } finally {
    unfinished.delete(path);
    if (unfinished.size === 0) process.off('exit', removeUnfinished);
  }
}
