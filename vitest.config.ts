import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

/** Tests that compute in plain JavaScript or not at all and change nothing that others see: they share what they import. */
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

/** Tests that share one engine, too; each leaves TensorFlow.js on the backend that it found. */
const ENGINE = [
  'test/{models,recipe,recipes,sampling,training,world}/**/*.test.ts',
  'test/judges/*.test.ts',
  'test/judges/pairRm/*.test.ts',
  'test/loop/**/*.test.ts',
];

/** Tests that start WebAssembly in place of the engine. */
const PORTABLE = 'test/**/*.wasm.test.ts';

/**
 * The code that XLA compiles is not optimized: the tests compile hundreds of small functions and run each a few times.
 * `XLA_FLAGS= npm test` tests the code that users run.
 */
const env = { XLA_FLAGS: process.env.XLA_FLAGS ?? '--xla_backend_optimization_level=0' };

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
    env,
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [...SHARING, ...ENGINE, PORTABLE] },
      },
      { extends: true, test: { name: 'portable', include: [PORTABLE] } },
      { extends: true, test: { name: 'engine', include: ENGINE, exclude: [PORTABLE], isolate: false } },
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
    ],
  },
});
