import { NativeFunction, traceFunction } from './native/function.ts';
import { isRefusedProduct, TensorFlowError } from './native/tensorFlowError.ts';
import { isDifferentiating, nativeState, usesGpu } from './state.ts';
import { flattenTree, rebuildTree, tidyTree, treeSignature, type TensorTree } from './trees.ts';

/**
 * How a function runs: `graph` = TensorFlow's executor, with oneDNN's matrix products on a CPU; `xla` = the whole function
 * through XLA; `eager` = operation by operation, for debugging.
 */
export type CompileMode = 'graph' | 'xla' | 'eager';

export interface CompileOptions {
  /**
   * Default: `graph` on a CPU, `xla` on a GPU.
   *
   * Measured on a 33.7M-parameter training step with two cores (bench/LOG.md, 2026-11-24 and 2026-11-28): on a CPU `graph` is as fast as
   * `xla` in fp32 and 1.5 times as fast in bf16, compiles in 1 s instead of 6 s and needs less memory.
   */
  mode?: CompileMode;
  /**
   * Matrix products of float32 tensors in bfloat16: factors and product are rounded to 8 bits, sums are float32;
   * everything else stays float32. XLA on a CPU does not round the product, and leaves batches of products in float32. Default false; without effect in mode `eager` and on the portable backend. Ask
   * `fastPrecision` whether it pays here.
   */
  bf16?: boolean;
  /** Appears in errors and profiles. Default: the function's own name. */
  name?: string;
  /**
   * Asynchronous calls start at once, beside others that run. Default false: they wait for one another, as two would fight
   * for the same cores. For work that one thread does alone.
   */
  concurrent?: boolean;
  /** What to change when memory runs out, a sentence that ends the error: "Lower train.batchSize, now 64." */
  memoryAdvice?: string;
}

export interface Compiled<A extends readonly TensorTree[], R extends TensorTree> {
  (...args: A): R;
  /**
   * As the call, on another thread: progress, Ctrl-C and requests go on meanwhile. Calls of this kind wait for one
   * another, unless `concurrent`. Keep the arguments alive until the promise settles.
   */
  async(...args: A): Promise<R>;
  /** Seconds spent recording so far; XLA compiles during the first run. */
  readonly traceSeconds: number;
  /** Frees the native functions; calling it again records anew. */
  dispose(): void;
}

interface Prepared<R> {
  native: NativeFunction;
  result: R;
  mixedProducts: boolean;
  assumptions: readonly (() => boolean)[];
}

/** The last of those calls that run one at a time. */
let lastCall: Promise<unknown> = Promise.resolve();

/**
 * "tf.function" for TensorFlow.js: records the operations of `fn` once per signature of its arguments (form, shapes and
 * types), as one TensorFlow function, and runs that.
 *
 * `fn` must be pure but for parameters (`createParameter`), which it may read and assign: it sees its own assignments,
 * and they take effect when it has run; where it fails midway in mode `graph`, some may have taken effect, so that weights have to
 * be loaded again. Tensors and parameters from outside may be used freely; tensors are the
 * function's from then on, even when disposed outside. Numbers, and what tfjs draws in JavaScript (tf.randomNormal), are
 * baked in at the first call: pass them as arguments. Results are new tensors, the caller's to dispose.
 *
 * A compiled function called inside another one, or inside tf.grad and its relatives, runs as part of it. Without the
 * native library, and in mode `eager`, a call is `tf.tidy`.
 *
 * @throws {Error} when `fn` reads values of a traced tensor, or a shape depends on values
 * @throws {TypeError} when `fn` is asynchronous, reads a tf.variable, or deals in other things than tensors
 * @throws {TensorFlowError} with TensorFlow's message and the operation's name, when TensorFlow refuses an operation
 * @throws {UserError} `engine.outOfMemory`, with `memoryAdvice`
 * @example
 * const step = compile((x: tf.Tensor) => tf.sum(tf.square(x)));
 * step(tf.tensor1d([1, 2])); // 5
 */
export function compile<A extends readonly TensorTree[], R extends TensorTree>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const functions = new Map<string, Prepared<R>[]>();
  /** Signatures of arguments for which XLA refuses mixed products: others keep theirs, whenever they are called. */
  const refused = new Set<string>();
  let traceSeconds = 0;
  let disposals = 0;

  const nameOf = (): string => options.name ?? (fn.name || 'compiled');

  const prepare = (args: A): Prepared<R> | null => {
    const state = nativeState();
    if (!state || options.mode === 'eager' || state.binding.recording || isDifferentiating()) return null;
    const tensors = flattenTree(args);
    tensors.forEach((tensor, i) => {
      if (!tensor.isDisposed) return;
      throw new Error(
        `compile: argument ${i + 1} of ${tensors.length} (${treeSignature(tensor)}) was disposed. Keep arguments alive until ` +
          'the call has ended.',
      );
    });
    const form = treeSignature(args);
    const mixedProducts = state.mixedProducts && !refused.has(form);
    const signature = `${mixedProducts} ${form}`;
    const recorded = functions.get(signature) ?? [];
    const known = recorded.find(({ assumptions }) => assumptions.every((holds) => holds()));
    if (known) return known;
    const start = performance.now();
    const bf16 = options.bf16 ?? false;
    const mode = options.mode ?? (usesGpu() ? 'xla' : 'graph');
    const name = nameOf();
    const { memoryAdvice } = options;
    const traced = traceFunction(state, fn, args, {
      name,
      xla: mode === 'xla',
      bf16,
      mixedProducts,
      memoryAdvice,
    });
    traceSeconds += (performance.now() - start) / 1000;
    const prepared = { ...traced, mixedProducts };
    functions.set(signature, [...recorded, prepared]);
    return prepared;
  };

  /** Records arguments of this form without mixed products from now on, if it is them that XLA refuses. */
  const withoutMixedProducts = (prepared: Prepared<R>, args: A, error: unknown): void => {
    if (!prepared.mixedProducts || !(error instanceof TensorFlowError) || !isRefusedProduct(error)) throw error;
    refused.add(treeSignature(args));
  };
  const call = (...args: A): R => {
    const prepared = prepare(args);
    if (!prepared) return tidyTree(() => fn(...args));
    try {
      return rebuildTree(prepared.result, prepared.native.run(flattenTree(args)));
    } catch (error) {
      withoutMixedProducts(prepared, args, error);
      return call(...args);
    }
  };
  const callAsync = async (...args: A): Promise<R> => {
    if (nativeState()?.binding.recording) {
      throw new Error('compile: a function that is being recorded calls another one with .async(). Call it directly.');
    }
    const previous = options.concurrent ? undefined : lastCall;
    const before = disposals;
    const current = (async () => {
      await previous;
      if (disposals !== before) {
        throw new Error(
          `The compiled function ${nameOf()} was disposed while a call of it was waiting. Await its calls first.`,
        );
      }
      const prepared = prepare(args);
      if (!prepared) {
        // Yield once, so that loops over eager steps leave room for signals and progress.
        await new Promise((resolve) => setImmediate(resolve));
        return call(...args);
      }
      try {
        return rebuildTree(prepared.result, await prepared.native.runAsync(flattenTree(args)));
      } catch (error) {
        withoutMixedProducts(prepared, args, error);
        const again = prepare(args)!;
        return rebuildTree(again.result, await again.native.runAsync(flattenTree(args)));
      }
    })();
    if (!options.concurrent) lastCall = current.catch(() => undefined);
    return current;
  };
  const dispose = (): void => {
    disposals++;
    for (const { native } of [...functions.values()].flat()) native.dispose();
    functions.clear();
  };
  const compiled = Object.assign(call, { async: callAsync, traceSeconds: 0, dispose });
  return Object.defineProperty(compiled, 'traceSeconds', { get: () => traceSeconds });
}
