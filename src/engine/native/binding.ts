import { ATTRIBUTE, setEagerAttributes, type OpAttribute } from './attributes.ts';
import type { Pointer } from './cApi.ts';
import { bytesPerElement, DT } from './dtypes.ts';
import { HandleTable } from './handles.ts';
import { Recording, type TensorMetadata } from './recording.ts';
import type { TensorFlow } from './tensorFlow.ts';
import { TensorFlowError } from './tensorFlowError.ts';

/**
 * The interface that tfjs-node's JavaScript half expects of its addon, over FFI: operations run eagerly, or land in
 * the current recording.
 */
export class NativeBinding {
  readonly TF_FLOAT = DT.FLOAT;
  readonly TF_INT32 = DT.INT32;
  readonly TF_INT64 = DT.INT64;
  readonly TF_BOOL = DT.BOOL;
  readonly TF_COMPLEX64 = DT.COMPLEX64;
  readonly TF_STRING = DT.STRING;
  readonly TF_RESOURCE = DT.RESOURCE;
  readonly TF_UINT8 = DT.UINT8;
  readonly TF_ATTR_STRING = ATTRIBUTE.STRING;
  readonly TF_ATTR_INT = ATTRIBUTE.INT;
  readonly TF_ATTR_FLOAT = ATTRIBUTE.FLOAT;
  readonly TF_ATTR_BOOL = ATTRIBUTE.BOOL;
  readonly TF_ATTR_TYPE = ATTRIBUTE.TYPE;
  readonly TF_ATTR_SHAPE = ATTRIBUTE.SHAPE;
  readonly TF_ATTR_RESOURCE = ATTRIBUTE.RESOURCE;
  readonly TF_Version: string;
  readonly tensorFlow: TensorFlow;
  readonly handles: HandleTable;
  recording: Recording | null = null;

  constructor(tensorFlow: TensorFlow) {
    this.tensorFlow = tensorFlow;
    this.handles = new HandleTable(tensorFlow);
    this.TF_Version = tensorFlow.version;
  }

  isUsingGpuDevice(): boolean {
    return this.tensorFlow.devices.some((device) => device.type === 'GPU');
  }

  getNumOfTensors(): number {
    return this.handles.count;
  }

  getNumOfSavedModels(): number {
    return 0;
  }

  createTensor(shape: number[], dtype: number, data: ArrayBufferView): number {
    const tensor = this.tensorFlow.newTensor(shape, dtype, data);
    try {
      const handle = this.tensorFlow.check((status) => this.tensorFlow.api.newHandle(tensor, status));
      return this.addHandle(handle).id;
    } finally {
      this.tensorFlow.api.deleteTensor(tensor);
    }
  }

  addHandle(handle: Pointer): TensorMetadata {
    return this.handles.add(handle, bytesPerElement(this.tensorFlow.api.handleType(handle)));
  }

  /** Traced tensors have no memory of their own: only eager ones are released. */
  deleteTensor(id: number): void {
    this.handles.release(id);
  }

  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array {
    if (this.recording?.isTraced(id)) {
      throw new Error(
        'compile: the function reads the values of a tensor (dataSync, data, arraySync or print) while it is being ' +
          'recorded, when tensors have no values yet. Return the tensor and read it outside.',
      );
    }
    return this.tensorFlow.readHandle(this.handles.get(id).handle);
  }

  executeOp(name: string, attributes: OpAttribute[], ids: number[], outputs: number): TensorMetadata[] {
    try {
      if (this.recording) return this.#record(this.recording, name, attributes, ids, outputs);
      return this.#run(name, attributes, ids, outputs);
    } catch (error) {
      throw error instanceof TensorFlowError ? error.named({ operation: name }) : error;
    }
  }

  #record(
    recording: Recording,
    name: string,
    attributes: OpAttribute[],
    ids: number[],
    outputs: number,
  ): TensorMetadata[] {
    return recording.execute(name, attributes, ids, outputs).map((output) => recording.register(output, name));
  }

  #run(name: string, attributes: OpAttribute[], ids: number[], outputs: number): TensorMetadata[] {
    const op = this.newEagerOp(name, ids);
    try {
      setEagerAttributes(this.tensorFlow, op, attributes);
      const results: (Pointer | null)[] = Array.from({ length: outputs }, () => null);
      this.tensorFlow.check((status) => this.tensorFlow.api.execute(op, results, [outputs], status));
      return results.map((handle) => this.addHandle(handle!));
    } finally {
      this.tensorFlow.api.deleteOp(op);
    }
  }

  /** An eager operation (or a call of a compiled function) with its inputs set. The caller deletes it. */
  newEagerOp(name: string, ids: readonly number[]): Pointer {
    const { api, context } = this.tensorFlow;
    const op = this.tensorFlow.check((status) => api.newOp(context, name, status));
    try {
      for (const id of ids) {
        const { handle } = this.handles.get(id);
        this.tensorFlow.check((status) => api.opAddInput(op, handle, status));
      }
      return op;
    } catch (error) {
      api.deleteOp(op);
      throw error;
    }
  }
}
