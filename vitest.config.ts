import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^nashtune$/, replacement: `${root}src/index.ts` },
      { find: /^nashtune\/(losses|datasets|bench)$/, replacement: `${root}$1/index.ts` },
      { find: /^nashtune\/(\w+)$/, replacement: `${root}src/$1/index.ts` },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: ['test/losses/**'] } },
      // Pure functions, which can share what they import: a quarter of the time.
      { extends: true, test: { name: 'losses', include: ['test/losses/**/*.test.ts'], isolate: false } },
    ],
  },
});
