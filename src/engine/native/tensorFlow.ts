import { fromBfloat16 } from '../../base/bfloat16.ts';
import { loadCApi, nativeBytes, type CApi, type Pointer } from './cApi.ts';
import { bytesPerElement, DT } from './dtypes.ts';
import { configProto } from './protobuf.ts';
import { TensorFlowError } from './tensorFlowError.ts';

export interface NativeDevice {
  name: string;
  type: string;
  memoryBytes: number;
}

/** Shapes travel to C as int64. */
export const int64List = (values: readonly number[]): BigInt64Array => BigInt64Array.from(values, BigInt);

/** An open TensorFlow: the C API, one eager context, and conversions between bytes and native tensors. */
export class TensorFlow {
  readonly api: CApi;
  readonly context: Pointer;
  readonly version: string;
  readonly devices: readonly NativeDevice[];
  readonly #status: Pointer;

  constructor(
    libraries: { preload: readonly string[]; framework: string; library: string },
    options: { threads: number; visibleGpus: string | undefined },
  ) {
    this.api = loadCApi(libraries);
    this.version = this.api.version();
    this.#status = this.api.newStatus();
    const contextOptions = this.api.newContextOptions();
    const config = configProto(options);
    this.check((status) => this.api.contextOptionsSetConfig(contextOptions, config, config.length, status));
    this.context = this.check((status) => this.api.newContext(contextOptions, status));
    this.api.deleteContextOptions(contextOptions);
    this.devices = this.#listDevices();
  }

  /** Calls a function that reports through a TF_Status; throws TensorFlow's own message. */
  check<R>(call: (status: Pointer) => R): R {
    const result = call(this.#status);
    const code = this.api.getCode(this.#status);
    if (code === 0) return result;
    const message = this.api.message(this.#status);
    // Not every function of the C API resets a status that another one has set.
    this.api.setStatus(this.#status, 0, '');
    throw new TensorFlowError(code, message);
  }

  /** A new TF_Tensor holding a copy of `data`. The caller deletes it. */
  newTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): Pointer {
    const size = bytesPerElement(dtype);
    if (size === undefined) {
      throw new TypeError(`The native engine holds numbers and booleans only, got TensorFlow type ${dtype}.`);
    }
    const bytes = shape.reduce((product, length) => product * length, 1) * size;
    if (data.byteLength < bytes) {
      throw new RangeError(`A tensor of shape [${shape.join(', ')}] needs ${bytes} bytes, got ${data.byteLength}.`);
    }
    const tensor = this.api.allocateTensor(dtype, int64List(shape), shape.length, bytes);
    if (bytes > 0) {
      nativeBytes(this.api.tensorData(tensor), bytes).set(new Uint8Array(data.buffer, data.byteOffset, bytes));
    }
    return tensor;
  }

  /** A copy of the contents of an eager handle, as the typed array of its type. */
  readHandle(handle: Pointer): Float32Array | Int32Array | Uint8Array {
    const tensor = this.check((status) => this.api.resolveHandle(handle, status));
    try {
      const bytes = Number(this.api.tensorByteSize(tensor));
      const copy = new Uint8Array(bytes);
      if (bytes > 0) copy.set(nativeBytes(this.api.tensorData(tensor), bytes));
      return typedArray(this.api.handleType(handle), copy);
    } finally {
      this.api.deleteTensor(tensor);
    }
  }

  handleShape(handle: Pointer): number[] {
    const rank = this.check((status) => this.api.handleNumDims(handle, status));
    return Array.from({ length: rank }, (_, axis) =>
      Number(this.check((status) => this.api.handleDim(handle, axis, status))),
    );
  }

  #listDevices(): NativeDevice[] {
    const list = this.check((status) => this.api.listDevices(this.context, status));
    try {
      return Array.from({ length: this.api.deviceListCount(list) }, (_, index) => ({
        name: this.check((status) => this.api.deviceListName(list, index, status)),
        type: this.check((status) => this.api.deviceListType(list, index, status)),
        memoryBytes: Number(this.check((status) => this.api.deviceListMemoryBytes(list, index, status))),
      }));
    } finally {
      this.api.deleteDeviceList(list);
    }
  }
}

function typedArray(dtype: number, bytes: Uint8Array): Float32Array | Int32Array | Uint8Array {
  if (dtype === DT.BOOL || dtype === DT.UINT8) return bytes;
  if (dtype === DT.INT32) return new Int32Array(bytes.buffer);
  if (dtype === DT.INT64) return Int32Array.from(new BigInt64Array(bytes.buffer), Number);
  if (dtype === DT.BFLOAT16) return fromBfloat16(new Uint16Array(bytes.buffer));
  return new Float32Array(bytes.buffer);
}
