import { setGraphAttributes, shapeAttribute, typeAttribute, type OpAttribute } from './attributes.ts';
import type { GraphOutput, Pointer } from './cApi.ts';
import { bytesPerElement, DT } from './dtypes.ts';
import type { HandleTable } from './handles.ts';
import { int64List, type TensorFlow } from './tensorFlow.ts';

/** Tensors up to this size are written into the graph as constants: XLA needs shapes, axes and sizes to be constant. */
const CONSTANT_BYTES = 4096;

/** Operations whose inputs are lists: lengths of the groups, for n inputs in all. */
const INPUT_GROUPS: Readonly<Record<string, (n: number) => readonly number[]>> = {
  AddN: (n) => [n],
  ConcatV2: (n) => [n - 1, -1],
  Einsum: (n) => [n],
  Pack: (n) => [n],
  StatelessWhile: (n) => [n],
};

/** Matrix products that run in bfloat16 under autocast. */
const MATRIX_PRODUCTS = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2']);

export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

export interface Capture {
  /** The tensor outside: an eager tensor's number, or an output of the enclosing recording. */
  outer: { eagerId: number } | { output: GraphOutput };
  /** The argument that stands for it inside. */
  inner: GraphOutput;
}

/** A graph under construction: tfjs operations land here instead of being executed. */
export class Recording {
  readonly graph: Pointer;
  readonly parent: Recording | null;
  readonly bf16: boolean;
  /** Whether the whole function goes through XLA, whose own operations are then allowed. */
  readonly xla: boolean;
  readonly captures: Capture[] = [];
  /** Operations that must run though no output needs them: assignments, in order. */
  readonly controlOutputs: Pointer[] = [];
  /** What a parameter holds at this point of the recording. */
  readonly parameterValues = new Map<object, GraphOutput>();
  nodeCount = 0;
  readonly #tensorFlow: TensorFlow;
  readonly #handles: HandleTable;
  readonly #symbols = new Map<number, GraphOutput>();
  readonly #captured = new Map<string, GraphOutput>();
  readonly #bf16Casts = new Map<string, GraphOutput>();

  constructor(
    tensorFlow: TensorFlow,
    handles: HandleTable,
    parent: Recording | null,
    options: { bf16: boolean; xla: boolean },
  ) {
    this.#tensorFlow = tensorFlow;
    this.#handles = handles;
    this.parent = parent;
    this.bf16 = options.bf16;
    this.xla = options.xla;
    this.graph = tensorFlow.api.newGraph();
  }

  dispose(): void {
    this.#tensorFlow.api.deleteGraph(this.graph);
  }

  isTraced(id: number): boolean {
    return this.#symbols.has(id) || (this.parent?.isTraced(id) ?? false);
  }

  addOperation(
    name: string,
    inputs: readonly GraphOutput[],
    configure: (operation: Pointer) => void,
    outputs: number,
    controlInputs: readonly Pointer[] = [],
  ): GraphOutput[] {
    const { api } = this.#tensorFlow;
    const operation = api.newOperation(this.graph, name, `${name}_${this.nodeCount++}`);
    const groups = INPUT_GROUPS[name]?.(inputs.length);
    let next = 0;
    for (const length of groups ?? inputs.map(() => -1)) {
      if (length < 0) api.addInput(operation, inputs[next++]);
      else {
        api.addInputList(operation, inputs.slice(next, next + length), length);
        next += length;
      }
    }
    for (const control of controlInputs) api.addControlInput(operation, control);
    configure(operation);
    const oper = this.#tensorFlow.check((status) => api.finishOperation(operation, status));
    return Array.from({ length: outputs }, (_, index) => ({ oper, index }));
  }

  /** Adds an operation without outputs that must run, after those added before it. */
  addControlOperation(name: string, inputs: readonly GraphOutput[], configure: (operation: Pointer) => void): void {
    const [output] = this.addOperation(name, inputs, configure, 1);
    this.controlOutputs.push(output!.oper);
  }

  /** Brings an output of an enclosing recording into this one, through every recording between them. */
  captureFrom(ancestor: Recording, output: GraphOutput): GraphOutput {
    if (this === ancestor) return output;
    return this.#captureOutput(this.parent!.captureFrom(ancestor, output));
  }

  /** Records a tfjs operation; matrix products of float32 run in bfloat16 when autocast is on. */
  execute(name: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number): GraphOutput[] {
    const inputs = ids.map((id) => this.resolve(id));
    if (this.bf16 && MATRIX_PRODUCTS.has(name) && this.#dtype(inputs[0]!) === DT.FLOAT) {
      return [this.#bf16Product(name, attributes, inputs)];
    }
    return this.addOperation(name, inputs, (op) => setGraphAttributes(this.#tensorFlow, op, attributes), outputs);
  }

  #bf16Product(name: string, attributes: readonly OpAttribute[], inputs: readonly GraphOutput[]): GraphOutput {
    const casts = inputs.map((input) => {
      const key = `${input.oper}:${input.index}`;
      const known = this.#bf16Casts.get(key) ?? this.cast(input, DT.BFLOAT16);
      this.#bf16Casts.set(key, known);
      return known;
    });
    const inBf16 = attributes.map((a) => (a.name === 'T' ? typeAttribute('T', DT.BFLOAT16) : a));
    const [product] = this.addOperation(name, casts, (op) => setGraphAttributes(this.#tensorFlow, op, inBf16), 1);
    return this.cast(product!, DT.FLOAT);
  }

  cast(input: GraphOutput, dtype: number): GraphOutput {
    const attributes = [typeAttribute('SrcT', this.#dtype(input)), typeAttribute('DstT', dtype)];
    return this.addOperation('Cast', [input], (op) => setGraphAttributes(this.#tensorFlow, op, attributes), 1)[0]!;
  }

  identity(input: GraphOutput): GraphOutput {
    const attributes = [typeAttribute('T', this.#dtype(input))];
    return this.addOperation('Identity', [input], (op) => setGraphAttributes(this.#tensorFlow, op, attributes), 1)[0]!;
  }

  placeholder(shape: readonly number[], dtype: number): GraphOutput {
    const attributes = [typeAttribute('dtype', dtype), shapeAttribute('shape', shape)];
    return this.addOperation('Placeholder', [], (op) => setGraphAttributes(this.#tensorFlow, op, attributes), 1)[0]!;
  }

  setShape(output: GraphOutput, shape: readonly number[]): void {
    this.#tensorFlow.check((status) =>
      this.#tensorFlow.api.graphSetShape(this.graph, output, int64List(shape), shape.length, status),
    );
  }

  /** Gives an output a number, as tfjs wants it, with its static shape. */
  register(output: GraphOutput, operation: string): TensorMetadata {
    const shape = this.shapeOf(output);
    if (shape === null) {
      throw new Error(
        `compile: the result of ${operation} has a shape that depends on values, and a compiled function needs fixed ` +
          'shapes. Use a mask (tf.where with three arguments, tf.mul) instead of selecting rows.',
      );
    }
    const id = this.#handles.takeId();
    this.#symbols.set(id, output);
    return { id, shape, dtype: this.#dtype(output) };
  }

  /** The output that a tensor's number stands for; a tensor from outside becomes a constant or an argument. */
  resolve(id: number): GraphOutput {
    const symbol = this.#symbols.get(id);
    if (symbol) return symbol;
    const output = this.parent?.isTraced(id) ? this.#captureOutput(this.parent.resolve(id)) : this.#fromEager(id);
    this.#symbols.set(id, output);
    return output;
  }

  #fromEager(id: number): GraphOutput {
    const { bytes, dtype, shape } = this.#handles.get(id);
    const isData = bytesPerElement(dtype) !== undefined;
    if (isData && bytes <= CONSTANT_BYTES) return this.#constant(id);
    // The outermost function takes the argument; nested ones receive it through their caller.
    if (this.parent) return this.#captureOutput(this.parent.resolve(id));
    const inner = this.placeholder(shape, dtype);
    // The function needs the tensor for as long as it lives, whatever tf.tidy does with it meanwhile.
    this.#handles.retain(id);
    this.captures.push({ outer: { eagerId: id }, inner });
    return inner;
  }

  #captureOutput(output: GraphOutput): GraphOutput {
    const key = `${output.oper}:${output.index}`;
    const known = this.#captured.get(key);
    if (known) return known;
    const parent = this.parent!;
    const inner = this.placeholder(parent.shapeOf(output) ?? [], parent.#dtype(output));
    this.#captured.set(key, inner);
    this.captures.push({ outer: { output }, inner });
    return inner;
  }

  #constant(id: number): GraphOutput {
    const { api } = this.#tensorFlow;
    const { handle, dtype } = this.#handles.get(id);
    const tensor = this.#tensorFlow.check((status) => api.resolveHandle(handle, status));
    try {
      const configure = (op: Pointer): void => {
        api.setAttrType(op, 'dtype', dtype);
        this.#tensorFlow.check((status) => api.setAttrTensor(op, 'value', tensor, status));
      };
      return this.addOperation('Const', [], configure, 1)[0]!;
    } finally {
      api.deleteTensor(tensor);
    }
  }

  #dtype(output: GraphOutput): number {
    return this.#tensorFlow.api.outputType(output);
  }

  shapeOf(output: GraphOutput): number[] | null {
    const { api } = this.#tensorFlow;
    const rank = this.#tensorFlow.check((status) => api.graphNumDims(this.graph, output, status));
    if (rank < 0) return null;
    const lengths = new BigInt64Array(Math.max(rank, 1));
    if (rank > 0) this.#tensorFlow.check((status) => api.graphGetShape(this.graph, output, lengths, rank, status));
    const shape = Array.from(lengths.subarray(0, rank), Number);
    return shape.some((length) => length < 0) ? null : shape;
  }
}
