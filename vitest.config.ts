import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

/** Tests that start no engine and change nothing that others see: they can share what they import. */
const SHARING = [
  'test/losses/**/*.test.ts',
  'test/datasets/*.test.ts',
  // The Hub's servers outlive their tests.
  'test/datasets/!(hub)/**/*.test.ts',
  'test/judges/{aggregate,verifiers}/**/*.test.ts',
  'test/bench/{alpacaEval,judge}/**/*.test.ts',
  'test/cli/drawing/**/*.test.ts',
  'test/loop/{monitors,report}/**/*.test.ts',
];

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
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: SHARING } },
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
    ],
  },
});
