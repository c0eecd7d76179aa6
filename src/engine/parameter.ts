import * as tf from '@tensorflow/tfjs-core';

import { setEagerAttributes, shapeAttribute, stringAttribute, typeAttribute } from './native/attributes.ts';
import type { NativeBinding } from './native/binding.ts';
import { DT } from './native/dtypes.ts';
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
  /** The present value. Inside `compile` it is a traced tensor; elsewhere the caller disposes it. */
  read(): tf.Tensor;
  /**
   * Replaces the value; `value` stays the caller's.
   *
   * @throws {RangeError} when the shape differs
   * @throws {TypeError} when the value is not float32
   * @throws {Error} inside whileLoop
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
export function createParameter(initial: tf.Tensor, name: string): Parameter {
  if (initial.dtype !== 'float32') {
    throw new TypeError(`Parameter ${name} must be float32, got ${initial.dtype}. Cast it with tf.cast first.`);
  }
  const native = nativeState();
  const parameter = native ? new VariableParameter(native, initial, name) : new TensorParameter(initial, name);
  liveBytes += initial.size * 4;
  return parameter;
}

function checkValue(parameter: Parameter, value: tf.Tensor): void {
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
  #value: tf.Tensor;

  constructor(initial: tf.Tensor, name: string) {
    this.name = name;
    this.shape = [...initial.shape];
    this.#value = tf.keep(initial.clone());
  }

  read(): tf.Tensor {
    if (this.#value.isDisposed) throw disposed(this.name);
    return this.#value.clone();
  }

  assign(value: tf.Tensor): void {
    checkValue(this, value);
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

class VariableParameter implements Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly #native: NativeState;
  #resourceId: number | null;

  constructor(native: NativeState, initial: tf.Tensor, name: string) {
    this.name = name;
    this.shape = [...initial.shape];
    this.#native = native;
    this.#resourceId = openVariable(native.binding, `${name}#${nextVariable++}`, this.shape);
    this.#assignEagerly(initial);
  }

  get #resource(): number {
    if (this.#resourceId === null) throw disposed(this.name);
    return this.#resourceId;
  }

  read(): tf.Tensor {
    const { binding, backend } = this.#native;
    const { recording } = binding;
    if (recording) {
      const output = recording.readParameter(this, this.#resource, this.shape);
      return backend.createOutputTensor(recording.register(output, 'ReadVariableOp'));
    }
    const [metadata] = binding.executeOp('ReadVariableOp', [typeAttribute('dtype', DT.FLOAT)], [this.#resource], 1);
    return backend.createOutputTensor(metadata!);
  }

  assign(value: tf.Tensor): void {
    checkValue(this, value);
    const { binding, backend } = this.#native;
    const { recording } = binding;
    if (!recording) return this.#assignEagerly(value);
    const [id] = backend.getInputTensorIds([value]) as [number];
    recording.assignParameter(this, this.#resource, recording.resolve(id));
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
    liveBytes -= this.shape.reduce((product, length) => product * length, 4);
  }

  #assignEagerly(value: tf.Tensor): void {
    const { binding, backend } = this.#native;
    const op = binding.newEagerOp('AssignVariableOp', [this.#resource, ...backend.getInputTensorIds([value])]);
    try {
      setEagerAttributes(binding.tensorFlow, op, [typeAttribute('dtype', DT.FLOAT)]);
      binding.tensorFlow.check((status) => binding.tensorFlow.api.execute(op, [], [0], status));
    } finally {
      binding.tensorFlow.api.deleteOp(op);
    }
  }
}

function openVariable(binding: NativeBinding, sharedName: string, shape: readonly number[]): number {
  const attributes = [
    typeAttribute('dtype', DT.FLOAT),
    shapeAttribute('shape', shape),
    stringAttribute('container', ''),
    stringAttribute('shared_name', sharedName),
  ];
  return binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id;
}
