import { expect, test } from 'vitest';

import { lockFolder } from '../../src/base/folderLock.ts';
import { waitForFolder } from '../../src/base/waitForFolder.ts';
import { temporaryFolder } from './temporaryFolder.ts';

test('waits for whoever holds the folder, and tells once who it is', async () => {
  const folder = await temporaryFolder();
  const holder = await lockFolder(folder);
  const told: string[] = [];
  setTimeout(() => void holder.release(), 700);
  const lock = await waitForFolder(folder, (message) => told.push(message));
  await lock.release();
  expect(told).toEqual([expect.stringContaining(`"${folder}" is in use by process ${process.pid}.`)]);
});

test('stops waiting when it is aborted', async () => {
  const folder = await temporaryFolder();
  const holder = await lockFolder(folder);
  const reason = new Error('enough');
  const abort = new AbortController();
  const waiting = waitForFolder(folder, () => abort.abort(reason), abort.signal);
  await expect(waiting).rejects.toBe(reason);
  await holder.release();
});
