import { readFileSync } from 'node:fs';

import { nativeState } from './state.ts';

/** What matrix products are for: training steps, or a compiled loop that generates. */
export type Work = 'training' | 'generation';

/**
 * The precision in which matrix products are fastest here. On a GPU `bf16`. On a CPU `bf16` for training where the
 * processor has AMX, or is AMD's with AVX512-BF16, else `fp32`; `fp32` for generation, whose loop runs in XLA.
 *
 * Measured on a 33.7M-parameter policy with two cores, bf16 against fp32: training is 2.3 times faster with AMX, 1.5 times
 * faster on an EPYC with AVX512-BF16, and half as fast on a Xeon with AVX512-BF16 and AMX hidden; generation is a third
 * slower, as XLA casts the weights anew in each step. On the portable backend there is fp32 only. Ask after
 * `startEngine`.
 */
export function fastPrecision(work: Work): 'bf16' | 'fp32' {
  const native = nativeState();
  if (!native) return 'fp32';
  if (native.binding.isUsingGpuDevice()) return 'bf16';
  return work === 'training' && hasFastBfloat16() ? 'bf16' : 'fp32';
}

let fastBfloat16: boolean | undefined;

function hasFastBfloat16(): boolean {
  fastBfloat16 ??= multipliesBfloat16(readProcessors());
  return fastBfloat16;
}

/** Whether the processors that the text of /proc/cpuinfo describes multiply bfloat16 faster than float32. */
export function multipliesBfloat16(processors: string): boolean {
  const isAmd = /^vendor_id\s*:\s*AuthenticAMD$/m.test(processors);
  return /\bamx_bf16\b/.test(processors) || (isAmd && /\bavx512_bf16\b/.test(processors));
}

/** /proc/cpuinfo; empty where there is none. */
export function readProcessors(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // Not Linux, or /proc is hidden: fp32 is right on every machine.
    return '';
  }
}
