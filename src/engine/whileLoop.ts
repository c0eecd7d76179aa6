import * as tf from '@tensorflow/tfjs-core';

import type { GraphOutput, Pointer } from './native/cApi.ts';
import { DT } from './native/dtypes.ts';
import { finishFunction, recordInto, uniqueFunctionName } from './native/function.ts';
import { keyOf, Recording, type Capture } from './native/recording.ts';
import { isDifferentiating, nativeState, type NativeState } from './state.ts';
import { flattenTree, mapTree, rebuildTree, tidyTree, type SameKeys, type TensorTree } from './trees.ts';

let depth = 0;

/** Whether the caller runs inside the condition or the body of a loop. */
export const insideLoop = (): boolean => depth > 0;

/**
 * Repeats `body` while `condition` holds: inside `compile` as one TensorFlow loop, elsewhere step by step.
 *
 * Both functions may use tensors and parameters from outside, but assign no parameter. A loop has no gradient.
 *
 * @param condition maps the state to a scalar bool (or int32) tensor
 * @param body maps the state to the next one, of the same form, shapes and types
 * @param initial the state before the first step; it stays the caller's
 * @returns the state after the last step, the caller's to dispose
 * @throws {RangeError} when the state changes its form, a shape or a type, or the condition is no scalar
 * @throws {Error} inside tf.grad and its relatives
 * @example
 * const doubled = whileLoop((x) => tf.less(tf.max(x), 100), (x) => tf.mul(x, 2), tf.tensor1d([1, 3]));
 */
export function whileLoop<S extends TensorTree>(
  condition: (state: S) => tf.Tensor,
  body: (state: S) => SameKeys<S>,
  initial: S,
): S {
  if (isDifferentiating()) {
    throw new Error('whileLoop: a loop has no gradient. Call it outside tf.grad, or write its steps out one by one.');
  }
  const native = nativeState();
  const recording = native?.binding.recording;
  depth++;
  try {
    if (native && recording) return recordLoop(native, recording, condition, body, initial);
    return runLoop(condition, body, initial);
  } finally {
    depth--;
  }
}

function runLoop<S extends TensorTree>(
  condition: (state: S) => tf.Tensor,
  body: (state: S) => SameKeys<S>,
  initial: S,
): S {
  let state = mapTree(initial, (tensor) => tensor.clone());
  try {
    for (;;) {
      const current = state;
      const goOn = tf.tidy(() => checkCondition(condition(current)).dataSync()[0]);
      if (!goOn) return state;
      const next = tidyTree(() => checkState(initial, body(current)));
      tf.dispose(flattenTree(current));
      state = next;
    }
  } catch (error) {
    tf.dispose(flattenTree(state));
    throw error;
  }
}

interface Branch {
  recording: Recording;
  inputs: GraphOutput[];
  outputs: GraphOutput[];
}

function recordLoop<S extends TensorTree>(
  native: NativeState,
  outer: Recording,
  condition: (state: S) => tf.Tensor,
  body: (state: S) => SameKeys<S>,
  initial: S,
): S {
  const { backend } = native;
  const { api } = native.binding.tensorFlow;
  const tensors = flattenTree(initial);
  const state = backend.getInputTensorIds(tensors).map((id) => outer.resolve(id));
  const branches: Branch[] = [];
  try {
    const record = (fn: (state: S) => TensorTree): void =>
      recordBranch(native, outer, state, tensors, branches, (args) => fn(rebuildTree(initial, args)));
    record((s) => checkCondition(condition(s)));
    record((s) => checkState(initial, body(s)));
    const [tested, stepped] = branches as [Branch, Branch];
    tested.outputs = tested.outputs.map((output) => tested.recording.cast(output, DT.BOOL));
    const captured = shareCaptures(branches, outer, api.outputType);
    // Captured values are loop state that never changes.
    stepped.outputs.push(...stepped.inputs.slice(state.length).map((input) => stepped.recording.identity(input)));
    const names = branches.map((branch, i) => addBranchFunction(native, outer, branch, i === 0 ? 'condition' : 'body'));
    const results = addWhile(native, outer, [...state, ...captured], names as [string, string]);
    return rebuildTree(
      initial,
      tensors.map((tensor, i) => {
        outer.setShape(results[i]!, tensor.shape);
        return backend.createOutputTensor(outer.register(results[i]!, 'whileLoop'));
      }),
    );
  } finally {
    for (const { recording } of branches) recording.dispose();
  }
}

function recordBranch(
  native: NativeState,
  outer: Recording,
  state: readonly GraphOutput[],
  tensors: readonly tf.Tensor[],
  branches: Branch[],
  fn: (state: tf.Tensor[]) => TensorTree,
): void {
  const { tensorFlow, handles } = native.binding;
  const recording = new Recording(tensorFlow, handles, outer, outer);
  const branch: Branch = { recording, inputs: [], outputs: [] };
  branches.push(branch);
  branch.inputs = tensors.map((tensor, i) => recording.placeholder(tensor.shape, tensorFlow.api.outputType(state[i]!)));
  branch.outputs = recordInto(native, recording, branch.inputs, fn).outputs;
}

/** Makes a branch callable from the outer graph; returns its name. */
function addBranchFunction(native: NativeState, outer: Recording, branch: Branch, what: string): string {
  const { tensorFlow } = native.binding;
  const name = uniqueFunctionName(what);
  const fn = finishFunction(native, branch.recording, name, branch.inputs, branch.outputs, false);
  outer.loopFunctions.push(name);
  try {
    tensorFlow.check((status) => tensorFlow.api.graphCopyFunction(outer.graph, fn, null, status));
  } finally {
    tensorFlow.api.deleteFunction(fn);
  }
  return name;
}

function addWhile(
  native: NativeState,
  outer: Recording,
  inputs: readonly GraphOutput[],
  [condition, body]: readonly [string, string],
): GraphOutput[] {
  const { api } = native.binding.tensorFlow;
  const types = Int32Array.from(inputs, (input) => api.outputType(input));
  const configure = (op: Pointer): void => {
    api.setAttrTypeList(op, 'T', types, types.length);
    api.setAttrFuncName(op, 'cond', condition, condition.length);
    api.setAttrFuncName(op, 'body', body, body.length);
  };
  return outer.addOperation('StatelessWhile', inputs, configure, inputs.length);
}

/** Gives both branches the same captured arguments, in the same order, after the state; returns them as seen outside. */
function shareCaptures(
  branches: readonly Branch[],
  outer: Recording,
  typeOf: (output: GraphOutput) => number,
): GraphOutput[] {
  const outside = new Map<string, GraphOutput>();
  const insides = branches.map(({ recording }) => {
    const inside = new Map<string, GraphOutput>();
    for (const capture of recording.captures) {
      const output = captureOutput(capture);
      outside.set(keyOf(output), output);
      inside.set(keyOf(output), capture.inner);
    }
    return inside;
  });
  for (const [key, output] of outside) {
    branches.forEach(({ recording, inputs }, i) => {
      const unused = (): GraphOutput =>
        recording.placeholder(outer.shapeOf(output, 'a captured operation'), typeOf(output));
      inputs.push(insides[i]!.get(key) ?? unused());
    });
  }
  return [...outside.values()];
}

function captureOutput({ outer }: Capture): GraphOutput {
  if (!('output' in outer)) throw new Error('whileLoop: a nested function captured an eager tensor directly.');
  return outer.output;
}

function checkCondition(result: tf.Tensor): tf.Tensor {
  const isScalar = result instanceof tf.Tensor && result.size === 1 && result.dtype !== 'float32';
  if (isScalar) return tf.reshape(result, []);
  throw new RangeError(
    `whileLoop: the condition must return one bool or int32, got ${describe(result)}. Reduce it with tf.all or tf.any.`,
  );
}

function checkState<S extends TensorTree>(initial: S, next: unknown): S {
  const before = flattenTree(initial);
  const after = flattenTree(next as TensorTree);
  const faults: string[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (describe(before[i]) === describe(after[i])) continue;
    faults.push(`tensor ${i} is ${describe(before[i])} before the step and ${describe(after[i])} after it`);
  }
  if (faults.length === 0) return next as S;
  throw new RangeError(`whileLoop: ${faults.join('; ')}. Return a state of the same form, shapes and types.`);
}

function describe(tensor: unknown): string {
  return tensor instanceof tf.Tensor ? `${tensor.dtype}[${tensor.shape.join(', ')}]` : 'nothing';
}
