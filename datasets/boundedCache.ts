/**
 * A map that forgets what was not asked for of late: entries go to a young half, and when that is full it becomes the old
 * half and the old one is dropped. A look-up costs one `Map.get` for what is used often.
 */
export class BoundedCache<T> {
  readonly #half: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param capacity most entries held at a time */
  constructor(capacity: number) {
    this.#half = Math.ceil(capacity / 2);
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(copyOf(key), value);
  }
}

/** A part of a string keeps the whole of it in memory; this does not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
