import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { emptyCaches } from '../../../bench/peerTable/emptyCaches.ts';
import { cacheFolder } from '../../../src/engine/library/libraryLocation.ts';

test('an empty cache has the installed library, and no compiled code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nashtune-caches-'));
  try {
    const caches = await emptyCaches(folder, 2);
    expect(caches).toEqual([join(folder, '1'), join(folder, '2')]);
    const present = await readdir(cacheFolder()).catch(() => []);
    const libraries = present.filter((name) => name.startsWith('tensorflow-'));
    for (const cache of caches) {
      const inside = cacheFolder({ XDG_CACHE_HOME: cache });
      expect(await readdir(inside)).toEqual(libraries);
      for (const name of libraries) {
        expect(await realpath(join(inside, name))).toBe(await realpath(join(cacheFolder(), name)));
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
