import * as tf from '@tensorflow/tfjs-core';

import { NativeFunction, traceFunction } from './native/function.ts';
import { nativeState } from './state.ts';
import { flattenTree, rebuildTree, treeSignature, type TensorTree } from './trees.ts';

/**
 * How a function runs: `graph` = TensorFlow's executor with XLA clusters of the fusible operations, `xla` = the whole
 * function through XLA, `eager` = operation by operation, for debugging.
 */
export type CompileMode = 'graph' | 'xla' | 'eager';

export interface CompileOptions {
  /** Default: `graph` on a CPU, `xla` on a GPU. */
  mode?: CompileMode;
  /** Matrix products in bfloat16 with float32 results; everything else stays float32. Default false. */
  bf16?: boolean;
  /** Appears in errors and profiles. Default: the function's own name. */
  name?: string;
}

export interface Compiled<A extends readonly TensorTree[], R extends TensorTree> {
  (...args: A): R;
  /**
   * As the call, on another thread: progress, Ctrl-C and requests go on meanwhile. Calls wait for one another. Keep the
   * arguments alive until the promise settles.
   */
  async(...args: A): Promise<R>;
  /** Seconds spent recording so far; XLA compiles during the first run. */
  readonly traceSeconds: number;
  /** Frees the native functions; calling it again records anew. */
  dispose(): void;
}

/** One native call at a time: two would fight for the same cores. */
let lastCall: Promise<unknown> = Promise.resolve();

/**
 * "tf.function" for TensorFlow.js: records the operations of `fn` once per signature of its arguments, as one
 * TensorFlow function, and runs that.
 *
 * `fn` must be pure but for parameters (`createParameter`), which it may read and assign. Tensors and parameters from
 * outside may be used freely; numbers are baked in at the first call. Calling a compiled function inside another one
 * records it inline. Without the native library, and in mode `eager`, it is `tf.tidy`.
 *
 * @throws {Error} when `fn` reads values of a traced tensor, or a shape depends on values; with TensorFlow's message and
 * the operation's name when TensorFlow refuses an operation
 * @example
 * const step = compile((x: tf.Tensor) => tf.sum(tf.square(x)));
 * step(tf.tensor1d([1, 2])); // 5
 */
export function compile<A extends readonly TensorTree[], R extends TensorTree>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const functions = new Map<string, { native: NativeFunction; result: R }>();
  let traceSeconds = 0;

  const prepare = (args: A): { native: NativeFunction; result: R } | null => {
    const state = nativeState();
    if (!state || options.mode === 'eager' || state.binding.recording) return null;
    const signature = treeSignature(args);
    let known = functions.get(signature);
    if (!known) {
      const start = performance.now();
      known = traceFunction(state, fn, args, {
        name: options.name ?? (fn.name || 'compiled'),
        xla: (options.mode ?? (state.binding.isUsingGpuDevice() ? 'xla' : 'graph')) === 'xla',
        bf16: options.bf16 ?? false,
      });
      traceSeconds += (performance.now() - start) / 1000;
      functions.set(signature, known);
    }
    return known;
  };

  const call = (...args: A): R => {
    const prepared = prepare(args);
    if (!prepared) return tf.tidy(() => fn(...args) as unknown as tf.TensorContainer) as unknown as R;
    return rebuildTree(prepared.result, prepared.native.run(flattenTree(args)));
  };
  const callAsync = async (...args: A): Promise<R> => {
    const previous = lastCall;
    const current = (async () => {
      await previous;
      const prepared = prepare(args);
      if (!prepared) {
        // Yield once, so that loops over eager steps leave room for signals and progress.
        await new Promise((resolve) => setImmediate(resolve));
        return call(...args);
      }
      return rebuildTree(prepared.result, await prepared.native.runAsync(flattenTree(args)));
    })();
    lastCall = current.catch(() => undefined);
    return current;
  };
  return Object.defineProperty(
    Object.assign(call, {
      async: callAsync,
      traceSeconds: 0,
      dispose: () => {
        for (const { native } of functions.values()) native.dispose();
        functions.clear();
      },
    }),
    'traceSeconds',
    { get: () => traceSeconds },
  );
}
