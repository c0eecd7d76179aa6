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
  'test/cli/{commands,judges}/**/!(setup|doctor).test.ts',
];

/** Tests for a machine with a GPU: `npm run test:gpu`. */
const GPU = 'test/gpu/*.gpu.test.ts';

/** Tests that start WebAssembly in place of the engine. */
const PORTABLE = 'test/**/*.wasm.test.ts';

/** Tests of single operations, under XLA as well. */
const OPERATIONS = 'test/engine/**/*.test.ts';

/**
 * XLA compiles hundreds of small functions that run a few times each: no optimization, and its older emitters, halve the
 * time. The operations one by one are tested as users compile them, and with `XLA_FLAGS= npm test` everything is.
 */
const XLA_FLAGS = process.env.XLA_FLAGS ?? '--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false';

/** XLA tries kernels out and takes the fastest, which need not be the same one in the next process: not so in tests. */
const GPU_XLA_FLAGS = process.env.XLA_FLAGS ?? '--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0';

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
    env: { XLA_FLAGS },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [...SHARING, ...ENGINE, PORTABLE, OPERATIONS, GPU],
        },
      },
      {
        extends: true,
        test: { name: 'operations', include: [OPERATIONS], env: { XLA_FLAGS: process.env.XLA_FLAGS ?? '' } },
      },
      { extends: true, test: { name: 'gpu', include: [GPU], env: { XLA_FLAGS: GPU_XLA_FLAGS } } },
      { extends: true, test: { name: 'portable', include: [PORTABLE] } },
      { extends: true, test: { name: 'engine', include: ENGINE, exclude: [...SHARING, PORTABLE], isolate: false } },
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
    ],
  },
});
