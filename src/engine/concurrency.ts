import { nativeState } from './state.ts';

/**
 * How many `concurrent` functions can gain from running beside one another: as many as a CPU has threads for the engine; one
 * on a GPU, and without the native library.
 */
export function concurrency(): number {
  const native = nativeState();
  return native && !native.binding.isUsingGpuDevice() ? native.threads : 1;
}
