import * as tf from '@tensorflow/tfjs-core';

import type { NativeState } from '../state.ts';
import { flattenTree, rebuildTree, type TensorTree } from '../trees.ts';
import { boolAttribute, setEagerAttributes } from './attributes.ts';
import type { GraphOutput, Pointer } from './cApi.ts';
import { DT } from './dtypes.ts';
import { TRUE_ATTRIBUTE } from './protobuf.ts';
import { Recording } from './recording.ts';
import { TensorFlowError } from './tensorFlow.ts';

let nextFunction = 1;

/** A name that TensorFlow accepts and no other function of this process has. */
export function uniqueFunctionName(name: string): string {
  return `${name.replaceAll(/\W/g, '_')}_${nextFunction++}`;
}

/** A TensorFlow function in the eager context, ready to run. */
export class NativeFunction {
  readonly name: string;
  readonly #state: NativeState;
  readonly #outputs: number;
  readonly #captures: readonly number[];
  readonly #xla: boolean;
  #disposed = false;

  /** @param captures eager tensors, each retained once for this function */
  constructor(state: NativeState, name: string, outputs: number, captures: readonly number[], xla: boolean) {
    this.name = name;
    this.#state = state;
    this.#outputs = outputs;
    this.#captures = captures;
    this.#xla = xla;
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
    const { handles, tensorFlow } = this.#state.binding;
    for (const id of this.#captures) handles.release(id);
    tensorFlow.check((status) => tensorFlow.api.contextRemoveFunction(tensorFlow.context, this.name, status));
  }

  #newCall(inputs: readonly tf.Tensor[]): Pointer {
    if (this.#disposed) throw new Error(`The compiled function ${this.name} was disposed.`);
    const { binding, backend } = this.#state;
    const op = binding.newEagerOp(this.name, [...backend.getInputTensorIds(inputs), ...this.#captures]);
    if (this.#xla) setEagerAttributes(binding.tensorFlow, op, [boolAttribute('_XlaMustCompile', true)]);
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
      if (error instanceof TensorFlowError) {
        throw new TensorFlowError(error.code, `compiled function ${this.name}: ${error.message}`);
      }
      throw error;
    }
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
    const inputs = placeholders.map((output) => backend.createOutputTensor(recording.register(output, 'argument')));
    const result = tf.tidy(() => fn(inputs) as unknown as tf.TensorContainer) as unknown as R;
    const tensors = flattenTree(result);
    // An output that is an argument itself needs a node of its own: TensorFlow refuses it otherwise in loops.
    const outputs = backend.getInputTensorIds(tensors).map((id) => recording.identity(recording.resolve(id)));
    for (const tensor of [...tensors, ...inputs]) tensor.dispose();
    return { outputs, result };
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
  const controls = BigInt64Array.from(recording.controlOutputs);
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
  options: { name: string; xla: boolean; bf16: boolean },
): { native: NativeFunction; result: R } {
  const { tensorFlow, handles } = state.binding;
  const recording = new Recording(tensorFlow, handles, null, options);
  try {
    const tensors = flattenTree(args);
    const placeholders = tensors.map((tensor) => recording.placeholder(tensor.shape, dtypeNumber(tensor)));
    const { outputs, result } = recordInto(state, recording, placeholders, (inputs) => fn(...rebuildTree(args, inputs)));
    const name = uniqueFunctionName(options.name);
    const inputs = [...placeholders, ...recording.captures.map(({ inner }) => inner)];
    tensorFlow.api.deleteFunction(finishFunction(state, recording, name, inputs, outputs, options.xla));
    const captured = recording.captures.map(({ outer }) => {
      if (!('eagerId' in outer)) throw new Error('compile: an outermost function captured a traced tensor.');
      return outer.eagerId;
    });
    return { native: new NativeFunction(state, name, outputs.length, captured, options.xla), result };
  } catch (error) {
    for (const { outer } of recording.captures) if ('eagerId' in outer) handles.release(outer.eagerId);
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
