import { boolAttribute, setGraphAttributes } from './native/attributes.ts';
import { finishFunction, recordInto, uniqueFunctionName } from './native/function.ts';
import { Recording } from './native/recording.ts';
import type { NativeState } from './state.ts';
import { flattenTree, rebuildTree, treeSignature, type TensorTree } from './trees.ts';

interface Nested<R> {
  name: string;
  result: R;
  shapes: number[][];
}

/** What was recorded of one function inside others, by the signature of its arguments. */
export type NestedFunctions<R> = WeakMap<Recording, Map<string, Nested<R>>>;

/**
 * Calls `fn`, compiled by XLA, from a function that is being recorded for TensorFlow's executor. All calls with arguments of
 * the same shapes and types share one compiled function.
 *
 * @throws {Error} when `fn` uses traced tensors or parameters that it does not get as arguments
 */
export function nestedCall<A extends readonly TensorTree[], R extends TensorTree>(
  native: NativeState,
  outer: Recording,
  fn: (...args: A) => R,
  args: A,
  { known, name }: { known: NestedFunctions<R>; name: string },
): R {
  const { backend, binding } = native;
  const tensors = flattenTree(args);
  const inputs = backend.getInputTensorIds(tensors).map((id) => outer.resolve(id));
  const functions = known.get(outer) ?? new Map<string, Nested<R>>();
  known.set(outer, functions);
  const signature = treeSignature(args);
  const nested = functions.get(signature) ?? record();
  functions.set(signature, nested);
  const mustCompile = [boolAttribute('_XlaMustCompile', true)];
  const results = outer.addOperation(
    nested.name,
    inputs,
    (op) => setGraphAttributes(binding.tensorFlow, op, mustCompile),
    nested.shapes.length,
  );
  return rebuildTree(
    nested.result,
    nested.shapes.map((shape, i) => {
      outer.setShape(results[i]!, shape);
      return backend.createOutputTensor(outer.register(results[i]!, name));
    }),
  );

  function record(): Nested<R> {
    const { tensorFlow, handles } = binding;
    const recording = new Recording(tensorFlow, handles, outer, { bf16: outer.bf16, xla: true, mixedProducts: false });
    try {
      const placeholders = tensors.map(({ shape }, i) =>
        recording.placeholder(shape, tensorFlow.api.outputType(inputs[i]!)),
      );
      const { outputs, result } = recordInto(native, recording, placeholders, (symbols) =>
        fn(...rebuildTree(args, symbols)),
      );
      if (recording.captures.length > 0) {
        throw new Error(
          `compile: ${name} runs inside another compiled function and uses tensors that it was not given. Pass them as arguments.`,
        );
      }
      const unique = uniqueFunctionName(name);
      const finished = finishFunction(native, recording, unique, placeholders, outputs, true);
      outer.loopFunctions.push(unique);
      try {
        tensorFlow.check((status) => tensorFlow.api.graphCopyFunction(outer.graph, finished, null, status));
      } finally {
        tensorFlow.api.deleteFunction(finished);
      }
      const shapes = flattenTree(result).map(({ shape }) => [...shape]);
      return { name: unique, shapes, result };
    } finally {
      recording.dispose();
    }
  }
}
