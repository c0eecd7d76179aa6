import * as tf from '@tensorflow/tfjs-core';

import { fromBfloat16 } from '../base/bfloat16.ts';
import { setEagerAttributes, shapeAttribute, stringAttribute, typeAttribute } from './native/attributes.ts';
import type { NativeBinding } from './native/binding.ts';
import { bytesPerElement, DT } from './native/dtypes.ts';
import type { TensorMetadata } from './native/recording.ts';
import { nativeState, type NativeState } from './state.ts';
import { insideLoop } from './whileLoop.ts';

/**
 * A float32 tensor that changes in place: a weight or a piece of optimizer state.
 *
 * Natively it is a TensorFlow resource variable, so that a compiled step that assigns it needs no second copy of all
 * weights; on the portable backend it holds a tensor.
 */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether its value never changes. */
  readonly frozen: boolean;
  /** The present value. Inside `compile` it is a traced tensor; elsewhere the caller disposes it. */
  read(): tf.Tensor;
  /**
   * Replaces the value; `value` stays the caller's.
   *
   * @throws {RangeError} when the shape differs
   * @throws {TypeError} when the value is not float32
   * @throws {Error} inside whileLoop, and when the parameter is frozen
   */
  assign(value: tf.Tensor): void;
  dispose(): void;
}

let nextVariable = 1;
let liveBytes = 0;

/** Bytes of all parameters alive. */
export const parameterBytes = (): number => liveBytes;

/**
 * Makes a parameter from an initial value, which stays the caller's to dispose: before the first update, or memory holds
 * both.
 *
 * @throws {TypeError} when the value is not float32
 */
export function createParameter(initial: tf.Tensor, name: string, options: { frozen?: boolean } = {}): Parameter {
  if (initial.dtype !== 'float32') {
    throw new TypeError(`Parameter ${name} must be float32, got ${initial.dtype}. Cast it with tf.cast first.`);
  }
  const native = nativeState();
  const { frozen = false } = options;
  if (!native) return new TensorParameter(initial, name, frozen);
  const [id] = native.backend.getInputTensorIds([initial]) as [number];
  return new VariableParameter(native, id, { name, shape: [...initial.shape], frozen, dtype: DT.FLOAT });
}

/**
 * Makes a frozen parameter whose values stay in bfloat16, two bytes each. They are read as float32.
 *
 * A compiled function casts it where it is used, and not at all in matrix products under `bf16` and in tf.gather. The
 * portable backend knows no bfloat16: there it takes four bytes a value.
 *
 * @param values bits of bfloat16 values, the upper halves of float32
 * @throws {RangeError} when shape and number of values disagree
 */
export function createBfloat16Parameter(values: Uint16Array, shape: readonly number[], name: string): Parameter {
  const size = tf.util.sizeFromShape([...shape]);
  if (values.length !== size) {
    throw new RangeError(
      `Parameter ${name} of shape [${shape.join(', ')}] needs ${size} values, got ${values.length}.`,
    );
  }
  const native = nativeState();
  if (!native) {
    const initial = tf.tensor(fromBfloat16(values), [...shape], 'float32');
    const parameter = new TensorParameter(initial, name, true);
    initial.dispose();
    return parameter;
  }
  const { binding } = native;
  const id = binding.createTensor([...shape], DT.BFLOAT16, values);
  try {
    return new VariableParameter(native, id, { name, shape: [...shape], frozen: true, dtype: DT.BFLOAT16 });
  } finally {
    binding.deleteTensor(id);
  }
}

function checkAssignment(parameter: Parameter, value: tf.Tensor): void {
  if (parameter.frozen) {
    throw new Error(
      `Parameter ${parameter.name} is frozen and keeps its value. Load its model without { frozen: true }.`,
    );
  }
  if (value.dtype !== 'float32') {
    throw new TypeError(
      `Parameter ${parameter.name} is float32, got a value of type ${value.dtype}. Cast it with tf.cast.`,
    );
  }
  if (!tf.util.arraysEqual(value.shape, [...parameter.shape])) {
    throw new RangeError(
      `Parameter ${parameter.name} has shape [${parameter.shape.join(', ')}], got a value of shape ` +
        `[${value.shape.join(', ')}]. Assign a value of the same shape.`,
    );
  }
  if (insideLoop()) {
    throw new Error(
      `Parameter ${parameter.name} is assigned inside whileLoop. Return the new value as loop state instead.`,
    );
  }
}

const disposed = (name: string): Error =>
  new Error(`Parameter ${name} was disposed and is used again. Dispose it after its last use.`);

class TensorParameter implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly frozen: boolean;
  #value: tf.Tensor;

  constructor(initial: tf.Tensor, name: string, frozen: boolean) {
    this.name = name;
    this.shape = [...initial.shape];
    this.frozen = frozen;
    this.#value = tf.keep(initial.clone());
    liveBytes += initial.size * 4;
  }

  read(): tf.Tensor {
    if (this.#value.isDisposed) throw disposed(this.name);
    return this.#value.clone();
  }

  assign(value: tf.Tensor): void {
    checkAssignment(this, value);
    const old = this.#value;
    if (old.isDisposed) throw disposed(this.name);
    this.#value = tf.keep(value.clone());
    old.dispose();
  }

  dispose(): void {
    if (this.#value.isDisposed) return;
    liveBytes -= this.#value.size * 4;
    this.#value.dispose();
  }
}

interface VariableOptions {
  name: string;
  shape: readonly number[];
  frozen: boolean;
  /** TensorFlow's type of the stored values: float32 or bfloat16. */
  dtype: number;
}

class VariableParameter implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly frozen: boolean;
  readonly #native: NativeState;
  readonly #dtype: number;
  readonly #bytes: number;
  #resourceId: number | null;

  /** @param initialId number of the tensor with the initial value, of the parameter's type */
  constructor(native: NativeState, initialId: number, { name, shape, frozen, dtype }: VariableOptions) {
    this.name = name;
    this.shape = shape;
    this.frozen = frozen;
    this.#native = native;
    this.#dtype = dtype;
    this.#bytes = shape.reduce((product, length) => product * length, bytesPerElement(dtype)!);
    this.#resourceId = openVariable(native.binding, `${name}#${nextVariable++}`, shape, dtype);
    this.#assignEagerly(initialId);
    liveBytes += this.#bytes;
  }

  get #resource(): number {
    if (this.#resourceId === null) throw disposed(this.name);
    return this.#resourceId;
  }

  read(): tf.Tensor {
    const { binding, backend } = this.#native;
    const { recording } = binding;
    if (recording) {
      return backend.createOutputTensor(recording.readParameter(this, this.#resource, this.shape, this.#dtype));
    }
    const attributes = [typeAttribute('dtype', this.#dtype)];
    const [stored] = binding.executeOp('ReadVariableOp', attributes, [this.#resource], 1) as [TensorMetadata];
    if (this.#dtype === DT.FLOAT) return backend.createOutputTensor(stored);
    try {
      const types = [typeAttribute('SrcT', this.#dtype), typeAttribute('DstT', DT.FLOAT)];
      return backend.createOutputTensor(binding.executeOp('Cast', types, [stored.id], 1)[0]!);
    } finally {
      binding.deleteTensor(stored.id);
    }
  }

  assign(value: tf.Tensor): void {
    checkAssignment(this, value);
    const { binding, backend } = this.#native;
    const { recording } = binding;
    const [id] = backend.getInputTensorIds([value]) as [number];
    if (recording) recording.assignParameter(this, this.#resource, recording.resolve(id));
    else this.#assignEagerly(id);
  }

  dispose(): void {
    if (this.#resourceId === null) return;
    const { binding } = this.#native;
    const op = binding.newEagerOp('DestroyResourceOp', [this.#resourceId]);
    try {
      binding.tensorFlow.check((status) => binding.tensorFlow.api.execute(op, [], [0], status));
    } finally {
      binding.tensorFlow.api.deleteOp(op);
    }
    binding.handles.release(this.#resourceId);
    this.#resourceId = null;
    liveBytes -= this.#bytes;
  }

  #assignEagerly(id: number): void {
    const { binding } = this.#native;
    const op = binding.newEagerOp('AssignVariableOp', [this.#resource, id]);
    try {
      setEagerAttributes(binding.tensorFlow, op, [typeAttribute('dtype', this.#dtype)]);
      binding.tensorFlow.check((status) => binding.tensorFlow.api.execute(op, [], [0], status));
    } finally {
      binding.tensorFlow.api.deleteOp(op);
    }
  }
}

function openVariable(binding: NativeBinding, sharedName: string, shape: readonly number[], dtype: number): number {
  const attributes = [
    typeAttribute('dtype', dtype),
    shapeAttribute('shape', shape),
    stringAttribute('container', ''),
    stringAttribute('shared_name', sharedName),
  ];
  return binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
}
