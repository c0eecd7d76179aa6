import type { Pointer } from './cApi.ts';
import type { TensorFlow } from './tensorFlow.ts';

interface Entry {
  handle: Pointer;
  shape: number[];
  dtype: number;
  bytes: number;
  /** A tensor may be held by tfjs and by compiled functions that captured it. */
  holders: number;
}

/** The eager tensors that JavaScript holds, by number: tfjs knows numbers, TensorFlow knows handles. */
export class HandleTable {
  readonly #tensorFlow: TensorFlow;
  readonly #entries = new Map<number, Entry>();
  #nextId = 1;
  #bytes = 0;

  constructor(tensorFlow: TensorFlow) {
    this.#tensorFlow = tensorFlow;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Bytes of all tensors held from JavaScript; resources (variables) count where they live, in `Parameter`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A number that no tensor has, for traced tensors too. */
  takeId(): number {
    return this.#nextId++;
  }

  add(handle: Pointer, bytesPerElement: number | undefined): { id: number; shape: number[]; dtype: number } {
    const id = this.takeId();
    const dtype = this.#tensorFlow.api.handleType(handle);
    const shape = bytesPerElement === undefined ? [] : this.#tensorFlow.handleShape(handle);
    const bytes = shape.reduce((product, length) => product * length, bytesPerElement ?? 0);
    this.#entries.set(id, { handle, shape, dtype, bytes, holders: 1 });
    this.#bytes += bytes;
    return { id, shape, dtype };
  }

  get(id: number): Readonly<Entry> {
    const entry = this.#entries.get(id);
    if (!entry) {
      throw new Error(
        'A tensor is used that holds no values: it was disposed, or it belongs to the recording of a compiled function that ' +
          'has ended. Keep it with tf.keep() while it is in use, or return it from the function.',
      );
    }
    return entry;
  }

  has(id: number): boolean {
    return this.#entries.has(id);
  }

  retain(id: number): void {
    this.#live(id).holders++;
  }

  release(id: number): void {
    const entry = this.#entries.get(id);
    if (!entry || --entry.holders > 0) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    this.#tensorFlow.api.deleteHandle(entry.handle);
  }

  #live(id: number): Entry {
    this.get(id);
    return this.#entries.get(id)!;
  }
}
