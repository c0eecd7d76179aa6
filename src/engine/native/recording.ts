import { setGraphAttributes, shapeAttribute, typeAttribute, type OpAttribute } from './attributes.ts';
import type { GraphOutput, Pointer } from './cApi.ts';
import { bytesPerElement, DT } from './dtypes.ts';
import type { HandleTable } from './handles.ts';
import { planMixedProduct, type OtherProduct } from './mixedProduct.ts';
import { ELEMENT_TYPE, INPUT_GROUPS, MATRIX_PRODUCTS, MOVED_INPUTS } from './operationKinds.ts';
import { int64List, type TensorFlow } from './tensorFlow.ts';

/** Tensors up to this size are written into the graph as constants: XLA needs shapes, axes and sizes to be constant. */
const CONSTANT_BYTES = 4096;

/** Options of a recording that those inside it share. */
export interface RecordingOptions {
  /** Autocast of matrix products. */
  readonly bf16: boolean;
  /** Whether the whole function goes through XLA, whose own operations are then allowed. */
  readonly xla: boolean;
  /**
   * Under both: products of two matrices go to XLA's own kernels on a CPU, which take bfloat16 factors and give a float32
   * product. Other products stay float32 then: XLA would compute them in float32 in any case, and cast the factors each time.
   */
  readonly mixedProducts: boolean;
}

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

/** A parameter as the outermost recording sees it. */
interface TracedParameter {
  resource: GraphOutput;
  /** The operation that read it, if any: it must not see what is assigned later. */
  read: Pointer | null;
  /** What it holds at this point of the recording. */
  value: GraphOutput;
  assigned: boolean;
}

/** A graph under construction: tfjs operations land here instead of being executed. */
export class Recording {
  readonly graph: Pointer;
  readonly parent: Recording | null;
  readonly bf16: boolean;
  readonly xla: boolean;
  readonly mixedProducts: boolean;
  readonly captures: Capture[] = [];
  /** Names of the functions of loops; they live as long as the function that calls them. */
  readonly loopFunctions: string[];
  /** What the outermost recording relies on; see `assume`. */
  readonly assumptions: (() => boolean)[];
  readonly #tensorFlow: TensorFlow;
  readonly #handles: HandleTable;
  readonly #symbols = new Map<number, GraphOutput>();
  /** Arguments that stand for outputs of the parent, and those outputs, by each other's key. */
  readonly #captured = new Map<string, GraphOutput>();
  readonly #origins = new Map<string, GraphOutput>();
  readonly #parameters = new Map<object, TracedParameter>();
  /** bfloat16 versions of outputs, by their keys. */
  readonly #bf16Casts = new Map<string, GraphOutput>();
  /** Those that hold the very same values: the output is a cast of them. */
  readonly #bf16Sources = new Map<string, GraphOutput>();
  #nodeCount = 0;

  constructor(tensorFlow: TensorFlow, handles: HandleTable, parent: Recording | null, options: RecordingOptions) {
    this.#tensorFlow = tensorFlow;
    this.#handles = handles;
    this.parent = parent;
    this.bf16 = options.bf16;
    this.xla = options.xla;
    this.mixedProducts = options.mixedProducts && options.bf16 && options.xla;
    this.loopFunctions = parent?.loopFunctions ?? [];
    this.assumptions = parent?.assumptions ?? [];
    this.graph = tensorFlow.api.newGraph();
  }

  dispose(): void {
    this.#tensorFlow.api.deleteGraph(this.graph);
  }

  isTraced(id: number): boolean {
    return this.#find(id) !== undefined;
  }

  /** What a traced tensor's number stands for, in this recording or in one around it. */
  #find(id: number): { owner: Recording; output: GraphOutput } | undefined {
    const output = this.#symbols.get(id);
    if (output) return { owner: this, output };
    return this.parent ? this.parent.#find(id) : undefined;
  }

  addOperation(
    name: string,
    inputs: readonly GraphOutput[],
    configure: (operation: Pointer) => void,
    outputs: number,
  ): GraphOutput[] {
    const oper = this.#addNode(name, inputs, configure);
    return Array.from({ length: outputs }, (_, index) => ({ oper, index }));
  }

  #addNode(
    name: string,
    inputs: readonly GraphOutput[],
    configure: (operation: Pointer) => void,
    after: readonly Pointer[] = [],
  ): Pointer {
    const { api } = this.#tensorFlow;
    // Internal operations start with an underscore, which names of nodes must not.
    const operation = api.newOperation(this.graph, name, `${name.replace(/^_/, '')}_${this.#nodeCount++}`);
    const groups = INPUT_GROUPS[name]?.(inputs.length);
    let next = 0;
    for (const length of groups ?? inputs.map(() => -1)) {
      if (length < 0) api.addInput(operation, inputs[next++]);
      else {
        api.addInputList(operation, inputs.slice(next, next + length), length);
        next += length;
      }
    }
    for (const earlier of after) api.addControlInput(operation, earlier);
    configure(operation);
    return this.#tensorFlow.check((status) => api.finishOperation(operation, status));
  }

  /**
   * The present value of a parameter, a float32 tensor. It is the outermost recording's: nested ones (loop bodies) receive
   * through their callers what they use of it.
   *
   * @param dtype in which the parameter is stored, float32 or bfloat16
   */
  readParameter(parameter: object, resourceId: number, shape: readonly number[], dtype: number): TensorMetadata {
    const { outermost } = this;
    let traced = outermost.#parameters.get(parameter);
    if (!traced) {
      const resource = outermost.resolve(resourceId);
      const configure = (op: Pointer): void =>
        setGraphAttributes(this.#tensorFlow, op, [typeAttribute('dtype', dtype)]);
      const [stored] = outermost.addOperation('ReadVariableOp', [resource], configure, 1) as [GraphOutput];
      outermost.setShape(stored, shape);
      const value = dtype === DT.BFLOAT16 ? outermost.#fromBf16(stored) : stored;
      traced = { resource, read: stored.oper, value, assigned: false };
      outermost.#parameters.set(parameter, traced);
    }
    return outermost.register(traced.value, 'ReadVariableOp');
  }

  /** Gives a parameter another value from here on. Only for the outermost recording. */
  assignParameter(parameter: object, resourceId: number, value: GraphOutput): void {
    const { resource, read } = this.#parameters.get(parameter) ?? { resource: this.resolve(resourceId), read: null };
    this.#parameters.set(parameter, { resource, read, value, assigned: true });
  }

  /** Adds one assignment for each parameter that has changed; returns what must run though no output needs it. */
  finishParameters(): Pointer[] {
    return [...this.#parameters.values()]
      .filter(({ assigned }) => assigned)
      .map(({ resource, read, value }) => {
        const configure = (op: Pointer): void =>
          setGraphAttributes(this.#tensorFlow, op, [typeAttribute('dtype', DT.FLOAT)]);
        return this.#addNode('AssignVariableOp', [resource, value], configure, read === null ? [] : [read]);
      });
  }

  get outermost(): Recording {
    return this.parent?.outermost ?? this;
  }

  /** Brings an output of an enclosing recording into this one, through every recording between them. */
  #captureFrom(ancestor: Recording, output: GraphOutput): GraphOutput {
    if (this === ancestor) return output;
    return this.#captureOutput(this.parent!.#captureFrom(ancestor, output));
  }

  /** Records a tfjs operation; matrix products of float32 run in bfloat16 when autocast is on. */
  execute(name: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number): GraphOutput[] {
    if (this.bf16 && MATRIX_PRODUCTS.has(name) && this.#dtypeOf(ids[0]!) === DT.FLOAT) {
      const product = this.mixedProducts ? this.#mixedProduct(attributes, ids) : 'rounded';
      if (product === 'rounded') {
        const factors = ids.map((id) => this.#resolveBf16(id));
        return [this.#inBf16(name, attributes, factors)];
      }
      if (product !== 'float32') return [product];
    }
    const moved = this.#movedInBf16(name, ids);
    if (moved) return [this.#inBf16(name, attributes, moved)];
    const inputs = ids.map((id) => this.resolve(id));
    return this.addOperation(name, inputs, (op) => setGraphAttributes(this.#tensorFlow, op, attributes), outputs);
  }

  /** A product by XLA's kernel for bfloat16 factors, or how it is to be computed instead. */
  #mixedProduct(attributes: readonly OpAttribute[], ids: readonly number[]): GraphOutput | OtherProduct {
    const [left, right] = ids.map((id) => this.#shapeOfId(id)) as [number[], number[]];
    const plan = planMixedProduct(left, right, attributes);
    if (typeof plan === 'string') return plan;
    const configure = (op: Pointer): void => setGraphAttributes(this.#tensorFlow, op, plan.attributes);
    const factors = ids.map((id) => this.#resolveBf16(id));
    const [product] = this.addOperation('XlaDotV2', factors, configure, 1) as [GraphOutput];
    this.setShape(product, plan.shape);
    return product;
  }

  #shapeOfId(id: number): number[] {
    const found = this.#find(id);
    return found ? found.owner.shapeOf(found.output, 'a matrix product') : this.#handles.get(id).shape;
  }

  #dtypeOf(id: number): number {
    const found = this.#find(id);
    return found ? found.owner.#dtype(found.output) : this.#handles.get(id).dtype;
  }

  /**
   * Inputs of an operation that only moves elements, when all that it moves are casts of bfloat16 tensors: those are moved,
   * at half the bytes, and what comes out is cast, or goes into a product as it is.
   */
  #movedInBf16(name: string, ids: readonly number[]): GraphOutput[] | undefined {
    const count = MOVED_INPUTS[name]?.(ids.length) ?? 0;
    if (count === 0 || (this.xla && name !== 'GatherV2')) return undefined;
    const sources = ids.slice(0, count).map((id) => this.#bf16Source(id));
    if (!sources.every((source) => source !== undefined)) return undefined;
    return [...sources, ...ids.slice(count).map((id) => this.resolve(id))];
  }

  /** An operation of float32 tensors on bfloat16 ones; its result is float32. */
  #inBf16(name: string, attributes: readonly OpAttribute[], inputs: readonly GraphOutput[]): GraphOutput {
    const inBf16 = attributes.map((a) => (ELEMENT_TYPE.has(a.name) ? typeAttribute(a.name, DT.BFLOAT16) : a));
    const [result] = this.addOperation(name, inputs, (op) => setGraphAttributes(this.#tensorFlow, op, inBf16), 1);
    return this.#fromBf16(result!);
  }

  /** The bfloat16 version of a float32 tensor, without capturing the tensor itself where nothing else uses it. */
  #resolveBf16(id: number): GraphOutput {
    const found = this.#find(id);
    if (!found) return this.#toBf16(this.resolve(id));
    return this.#captureFrom(found.owner, found.owner.#toBf16(found.output));
  }

  /** Casts once, and outside the loop what comes from there: weights are then not cast again in each step. */
  #toBf16(input: GraphOutput): GraphOutput {
    const key = keyOf(input);
    const origin = this.#origins.get(key);
    const known =
      this.#bf16Casts.get(key) ??
      (origin ? this.#captureOutput(this.parent!.#toBf16(origin)) : this.cast(input, DT.BFLOAT16));
    this.#bf16Casts.set(key, known);
    return known;
  }

  /** The bfloat16 tensor that a float32 one is a cast of, if it is one. */
  #bf16Source(id: number): GraphOutput | undefined {
    const found = this.#find(id);
    const source = found && found.owner.#sourceOf(found.output);
    return source && this.#captureFrom(found.owner, source);
  }

  #sourceOf(output: GraphOutput): GraphOutput | undefined {
    const key = keyOf(output);
    const origin = this.#origins.get(key);
    const source = origin ? this.parent!.#sourceOf(origin) : undefined;
    return this.#bf16Sources.get(key) ?? (source && this.#captureOutput(source));
  }

  #fromBf16(source: GraphOutput): GraphOutput {
    const value = this.cast(source, DT.FLOAT);
    this.#bf16Casts.set(keyOf(value), source);
    this.#bf16Sources.set(keyOf(value), source);
    return value;
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
    const shape = this.shapeOf(output, operation);
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
    const key = keyOf(output);
    const known = this.#captured.get(key);
    if (known) return known;
    const parent = this.parent!;
    const inner = this.placeholder(parent.shapeOf(output, 'a captured operation'), parent.#dtype(output));
    this.#captured.set(key, inner);
    this.#origins.set(keyOf(inner), output);
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

  /**
   * The fixed shape of an output.
   *
   * @param operation for the message
   * @throws {Error} when the shape depends on values
   */
  shapeOf(output: GraphOutput, operation: string): number[] {
    const { api } = this.#tensorFlow;
    const rank = this.#tensorFlow.check((status) => api.graphNumDims(this.graph, output, status));
    const lengths = new BigInt64Array(Math.max(rank, 1));
    if (rank > 0) this.#tensorFlow.check((status) => api.graphGetShape(this.graph, output, lengths, rank, status));
    const shape = Array.from(lengths.subarray(0, Math.max(rank, 0)), Number);
    if (rank >= 0 && shape.every((length) => length >= 0)) return shape;
    throw new Error(
      `compile: the result of ${operation} has a shape that depends on values, and a compiled function needs fixed ` +
        'shapes. Use a mask (tf.where, tf.mul) instead of selecting elements.',
    );
  }
}

/** Tells outputs of one graph apart. */
export const keyOf = ({ oper, index }: GraphOutput): string => `${oper}:${index}`;
