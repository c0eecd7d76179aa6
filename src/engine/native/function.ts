import * as tf from '@tensorflow/tfjs-core';

import type { NativeState } from '../state.ts';
import { flattenTree, rebuildTree, tidyTree, type TensorTree } from '../trees.ts';
import { boolAttribute, setEagerAttributes } from './attributes.ts';
import type { GraphOutput, Pointer } from './cApi.ts';
import { DT } from './dtypes.ts';
import { TRUE_ATTRIBUTE } from './protobuf.ts';
import { Recording, type RecordingOptions } from './recording.ts';
import { explainNativeError, TensorFlowError } from './tensorFlowError.ts';

let nextFunction = 1;

/** A name that TensorFlow accepts and no other function of this process has. */
export function uniqueFunctionName(name: string): string {
  return `${name.replaceAll(/\W/g, '_')}_${nextFunction++}`;
}

export interface FunctionOptions {
  name: string;
  /** The whole function goes through XLA. */
  xla: boolean;
  /** What to change when memory runs out. */
  memoryAdvice: string | undefined;
}

/** A TensorFlow function in the eager context, ready to run. */
export class NativeFunction {
  readonly #state: NativeState;
  readonly #options: FunctionOptions;
  readonly #outputs: number;
  readonly #captures: readonly number[];
  readonly #loopFunctions: readonly string[];
  #disposed = false;

  /**
   * @param captures eager tensors, each retained once for this function
   * @param loopFunctions functions that this one alone calls
   */
  constructor(
    state: NativeState,
    outputs: number,
    captures: readonly number[],
    loopFunctions: readonly string[],
    options: FunctionOptions,
  ) {
    this.#state = state;
    this.#options = options;
    this.#outputs = outputs;
    this.#captures = captures;
    this.#loopFunctions = loopFunctions;
  }

  run(inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const { tensorFlow } = this.#state.binding;
    const op = this.#newCall(inputs);
    try {
      const results = this.#emptyResults();
      this.#explain(() => tensorFlow.check((status) => tensorFlow.api.execute(op, results, [results.length], status)));
      return this.#wrap(results);
    } finally {
      tensorFlow.api.deleteOp(op);
    }
  }

  async runAsync(inputs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
    const { tensorFlow } = this.#state.binding;
    const { api } = tensorFlow;
    const op = this.#newCall(inputs);
    const status = api.newStatus();
    try {
      const results = this.#emptyResults();
      await new Promise<void>((resolve, reject) => {
        api.execute.async(op, results, [results.length], status, (error) => (error ? reject(error) : resolve()));
      });
      const code = api.getCode(status);
      this.#explain(() => {
        if (code !== 0) throw new TensorFlowError(code, api.message(status));
      });
      return this.#wrap(results);
    } finally {
      api.deleteStatus(status);
      api.deleteOp(op);
    }
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const id of this.#captures) this.#state.binding.handles.release(id);
    removeFunctions(this.#state, [this.#options.name, ...this.#loopFunctions]);
  }

  #newCall(inputs: readonly tf.Tensor[]): Pointer {
    const { name, xla } = this.#options;
    const { binding, backend } = this.#state;
    const op = binding.newEagerOp(name, [...backend.getInputTensorIds(inputs), ...this.#captures]);
    if (xla) setEagerAttributes(binding.tensorFlow, op, [boolAttribute('_XlaMustCompile', true)]);
    return op;
  }

  #emptyResults(): (Pointer | null)[] {
    return Array.from({ length: this.#outputs }, () => null);
  }

  #wrap(results: readonly (Pointer | null)[]): tf.Tensor[] {
    const { binding, backend } = this.#state;
    return results.map((handle) => backend.createOutputTensor(binding.addHandle(handle!)));
  }

  #explain(call: () => void): void {
    try {
      call();
    } catch (error) {
      const { name, memoryAdvice } = this.#options;
      const operation = `compiled function ${name}`;
      throw explainNativeError(error instanceof TensorFlowError ? error.named({ operation }) : error, memoryAdvice);
    }
  }
}

function removeFunctions({ binding: { tensorFlow } }: NativeState, names: readonly string[]): void {
  for (const name of names) {
    tensorFlow.check((status) => tensorFlow.api.contextRemoveFunction(tensorFlow.context, name, status));
  }
}

/** Runs `fn` on symbolic tensors into `recording`; returns the outputs and the form of the result. */
export function recordInto<R extends TensorTree>(
  state: NativeState,
  recording: Recording,
  placeholders: readonly GraphOutput[],
  fn: (inputs: tf.Tensor[]) => R,
): { outputs: GraphOutput[]; result: R } {
  const { binding, backend } = state;
  const outer = binding.recording;
  binding.recording = recording;
  try {
    const result = tidyTree(() => {
      const inputs = placeholders.map((output) =>
        backend.createOutputTensor(recording.register(output, 'an argument')),
      );
      return fn(inputs);
    });
    const tensors = flattenTree(result);
    try {
      // An output that is an argument itself needs a node of its own: TensorFlow refuses it otherwise in loops.
      const outputs = backend.getInputTensorIds(tensors).map((id) => recording.identity(recording.resolve(id)));
      return { outputs, result };
    } finally {
      tf.dispose(tensors);
    }
  } finally {
    binding.recording = outer;
  }
}

/** Turns a finished recording into a function of the eager context. Returns the TF_Function, which the caller deletes. */
export function finishFunction(
  state: NativeState,
  recording: Recording,
  name: string,
  inputs: readonly GraphOutput[],
  outputs: readonly GraphOutput[],
  xla: boolean,
): Pointer {
  const { tensorFlow } = state.binding;
  const { api, context } = tensorFlow;
  const controls = BigInt64Array.from(recording.finishParameters());
  const fn = tensorFlow.check((status) =>
    api.graphToFunction(
      recording.graph,
      name,
      0,
      -1,
      null,
      inputs.length,
      inputs,
      outputs.length,
      outputs,
      null,
      controls.length,
      controls.length > 0 ? controls : null,
      null,
      null,
      null,
      status,
    ),
  );
  try {
    if (xla) {
      tensorFlow.check((status) =>
        api.functionSetAttr(fn, '_XlaMustCompile', TRUE_ATTRIBUTE, TRUE_ATTRIBUTE.length, status),
      );
    }
    tensorFlow.check((status) => api.contextAddFunction(context, fn, status));
    return fn;
  } catch (error) {
    api.deleteFunction(fn);
    throw error;
  }
}

/** Records `fn` for the signature of `args`. */
export function traceFunction<A extends readonly TensorTree[], R extends TensorTree>(
  state: NativeState,
  fn: (...args: A) => R,
  args: A,
  options: FunctionOptions & RecordingOptions,
): { native: NativeFunction; result: R; assumptions: readonly (() => boolean)[] } {
  const { tensorFlow, handles } = state.binding;
  const recording = new Recording(tensorFlow, handles, null, options);
  const captured = (): number[] =>
    recording.captures.flatMap(({ outer }) => ('eagerId' in outer ? [outer.eagerId] : []));
  try {
    const tensors = flattenTree(args);
    const placeholders = tensors.map((tensor) => recording.placeholder(tensor.shape, dtypeNumber(tensor)));
    const { outputs, result } = recordInto(state, recording, placeholders, (inputs) =>
      fn(...rebuildTree(args, inputs)),
    );
    const named = { ...options, name: uniqueFunctionName(options.name) };
    const inputs = [...placeholders, ...recording.captures.map(({ inner }) => inner)];
    tensorFlow.api.deleteFunction(finishFunction(state, recording, named.name, inputs, outputs, options.xla));
    const { assumptions, loopFunctions } = recording;
    const native = new NativeFunction(state, outputs.length, captured(), loopFunctions, named);
    return { native, result, assumptions };
  } catch (error) {
    for (const id of captured()) handles.release(id);
    removeFunctions(state, recording.loopFunctions);
    throw error;
  } finally {
    recording.dispose();
  }
}

function dtypeNumber(tensor: tf.Tensor): number {
  if (tensor.dtype === 'float32') return DT.FLOAT;
  if (tensor.dtype === 'int32') return DT.INT32;
  if (tensor.dtype === 'bool') return DT.BOOL;
  throw new TypeError(`compile: arguments must be float32, int32 or bool tensors, got ${tensor.dtype}.`);
}
