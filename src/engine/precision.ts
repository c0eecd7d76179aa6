import { readFileSync } from 'node:fs';

import { nativeState, usesGpu } from './state.ts';

/**
 * The precision in which matrix products are fastest here. On a GPU `bf16`; on a CPU `bf16` where the processor has AMX, or
 * is AMD's with AVX512-BF16, else `fp32`.
 *
 * Measured on a 33.7M-parameter policy with two cores, bf16 against fp32: training is 2.3 times faster with AMX, 1.5 times
 * faster on an EPYC with AVX512-BF16, and half as fast on a Xeon with AVX512-BF16 and AMX hidden; generation is 1.6 times
 * faster on the EPYC, and was not measured on the others. On the portable backend there is fp32 only. Ask after `startEngine`.
 */
export function fastPrecision(): 'bf16' | 'fp32' {
  const native = nativeState();
  if (!native) return 'fp32';
  if (usesGpu()) return 'bf16';
  return hasFastBfloat16() ? 'bf16' : 'fp32';
}

/** The precision that an option names; for `auto` the fast one. Ask after `startEngine`. */
export function choosePrecision(wanted: 'auto' | 'bf16' | 'fp32'): 'bf16' | 'fp32' {
  return wanted === 'auto' ? fastPrecision() : wanted;
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
