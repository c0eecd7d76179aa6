import { nativeState, usesGpu } from './state.ts';

/** Calls run in Node's pool of four threads, which files need as well; more than two were not measured. */
const MOST = 2;

/**
 * How many `concurrent` functions can gain from running beside one another: two on a CPU with as many threads for the engine;
 * one on a GPU, and without the native library.
 */
export function concurrency(): number {
  const native = nativeState();
  return native && !usesGpu() ? Math.min(native.threads, MOST) : 1;
}
