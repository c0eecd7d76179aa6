import * as tf from '@tensorflow/tfjs-core';

import type { GraphOutput, Pointer } from './native/cApi.ts';
import { finishFunction, recordInto, uniqueFunctionName } from './native/function.ts';
import { Recording, type Capture } from './native/recording.ts';
import { nativeState, type NativeState } from './state.ts';
import { flattenTree, rebuildTree, type TensorTree } from './trees.ts';

/**
 * Repeats `body` while `condition` holds: inside `compile` as one TensorFlow loop, elsewhere step by step.
 *
 * @param condition maps the state to a scalar bool (or int32) tensor
 * @param body maps the state to the next one, of the same form, shapes and types
 * @param initial the state before the first step; it stays the caller's
 * @returns the state after the last step
 */
export function whileLoop<S extends TensorTree>(condition: (state: S) => tf.Tensor, body: (state: S) => S, initial: S): S {
  const native = nativeState();
  const recording = native?.binding.recording;
  if (native && recording) return recordLoop(native, recording, condition, body, initial);

  let state = rebuildTree(
    initial,
    flattenTree(initial).map((tensor) => tensor.clone()),
  );
  for (;;) {
    const current = state;
    const goOn = tf.tidy(() => condition(current).dataSync()[0]);
    if (!goOn) return state;
    state = tf.tidy(() => body(current) as unknown as tf.TensorContainer) as unknown as S;
    const kept = new Set(flattenTree(state));
    for (const tensor of flattenTree(current)) if (!kept.has(tensor)) tensor.dispose();
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
  body: (state: S) => S,
  initial: S,
): S {
  const { binding, backend } = native;
  const { tensorFlow } = binding;
  const tensors = flattenTree(initial);
  const state = backend.getInputTensorIds(tensors).map((id) => outer.resolve(id));
  const branches: Branch[] = [];
  const functions: Pointer[] = [];
  try {
    for (const fn of [(s: S) => condition(s), (s: S) => checkState(initial, body(s))]) {
      const recording = new Recording(tensorFlow, binding.handles, outer, outer);
      const inputs = tensors.map((tensor, i) => recording.placeholder(tensor.shape, tensorFlow.api.outputType(state[i]!)));
      branches.push({ recording, inputs, outputs: [] });
      const { outputs } = recordInto(native, recording, inputs, (args) => fn(rebuildTree(initial, args)) as TensorTree);
      branches.at(-1)!.outputs = outputs;
    }
    const captured = shareCaptures(branches, outer, tensorFlow.api.outputType);
    // Captured values are loop state that never changes.
    branches[1]!.outputs.push(...branches[1]!.inputs.slice(state.length).map((i) => branches[1]!.recording.identity(i)));
    const names = ['condition', 'body'].map((name) => uniqueFunctionName(name));
    branches.forEach(({ recording, inputs, outputs }, i) => {
      functions.push(finishFunction(native, recording, names[i]!, inputs, outputs, false));
    });
    for (const fn of functions) {
      tensorFlow.check((status) => tensorFlow.api.graphCopyFunction(outer.graph, fn, null, status));
    }
    const inputs = [...state, ...captured];
    const types = Int32Array.from(inputs, (input) => tensorFlow.api.outputType(input));
    const results = outer.addOperation(
      'StatelessWhile',
      inputs,
      (op) => {
        tensorFlow.api.setAttrTypeList(op, 'T', types, types.length);
        tensorFlow.api.setAttrFuncName(op, 'cond', names[0], names[0]!.length);
        tensorFlow.api.setAttrFuncName(op, 'body', names[1], names[1]!.length);
      },
      inputs.length,
    );
    return rebuildTree(
      initial,
      tensors.map((tensor, i) => {
        outer.setShape(results[i]!, tensor.shape);
        return backend.createOutputTensor(outer.register(results[i]!, 'StatelessWhile'));
      }),
    );
  } finally {
    for (const fn of functions) tensorFlow.api.deleteFunction(fn);
    for (const { recording } of branches) recording.dispose();
  }
}

/** Gives both branches the same captured arguments, in the same order, after the state; returns them as seen outside. */
function shareCaptures(branches: readonly Branch[], outer: Recording, typeOf: (output: GraphOutput) => number): GraphOutput[] {
  const outside = new Map<string, GraphOutput>();
  const insides = branches.map(({ recording }) => {
    const inside = new Map<string, GraphOutput>();
    for (const capture of recording.captures) {
      const output = captureOutput(capture);
      const key = `${output.oper}:${output.index}`;
      outside.set(key, output);
      inside.set(key, capture.inner);
    }
    return inside;
  });
  for (const [key, output] of outside) {
    branches.forEach(({ recording, inputs }, i) => {
      inputs.push(insides[i]!.get(key) ?? recording.placeholder(outer.shapeOf(output) ?? [], typeOf(output)));
    });
  }
  return [...outside.values()];
}

function captureOutput({ outer }: Capture): GraphOutput {
  if (!('output' in outer)) throw new Error('whileLoop: a nested function captured an eager tensor directly.');
  return outer.output;
}

function checkState<S extends TensorTree>(initial: S, next: S): S {
  const before = flattenTree(initial);
  const after = flattenTree(next);
  const describe = (t: tf.Tensor | undefined): string => (t ? `${t.dtype}[${t.shape.join(', ')}]` : 'nothing');
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (describe(before[i]) !== describe(after[i])) {
      throw new RangeError(
        `whileLoop: tensor ${i} of the state is ${describe(before[i])} before the step and ${describe(after[i])} after ` +
          'it. Return a state of the same form, shapes and types.',
      );
    }
  }
  return next;
}
