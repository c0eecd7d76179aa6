import { hash } from 'node:crypto';

/** Words of a digest that are kept: 96 bits, so that among a billion texts two are taken for one with a chance of 1e-11. */
const DIGEST_WORDS = 3;
const SLOT_WORDS = DIGEST_WORDS + 1;
const FIRST_SLOTS = 1 << 10;

/**
 * A number for each of many texts, of which only a digest is kept: 16 bytes in a typed array outside the heap for a text of
 * any length. For ids and hashes of files that are larger than memory.
 */
export class DigestMap {
  /** Three words of a digest and the number plus 1, which is 0 where the slot is free. */
  #slots = new Uint32Array(FIRST_SLOTS * SLOT_WORDS);
  #size = 0;
  readonly #digest = new Uint32Array(DIGEST_WORDS);

  has(text: string): boolean {
    this.#digestOf(text);
    return this.#slots[this.#find(this.#slots) + DIGEST_WORDS] !== 0;
  }

  /**
   * Notes the number of a text that has none.
   *
   * @param value whole, from 0 to 2^32 - 2
   * @returns the number that the text has already, and keeps
   */
  add(text: string, value: number): number | undefined {
    if (!(Number.isSafeInteger(value) && value >= 0 && value < 0xffffffff)) {
      throw new RangeError(`DigestMap: expected a whole number from 0 to 2^32 - 2, got ${value}.`);
    }
    this.#digestOf(text);
    const at = this.#find(this.#slots);
    const known = this.#slots[at + DIGEST_WORDS]!;
    if (known !== 0) return known - 1;
    this.#slots.set(this.#digest, at);
    this.#slots[at + DIGEST_WORDS] = value + 1;
    this.#size++;
    if (this.#size * SLOT_WORDS * 4 > this.#slots.length * 3) this.#grow();
    return undefined;
  }

  #digestOf(text: string): void {
    const bytes = hash('sha256', text, 'buffer');
    for (let word = 0; word < DIGEST_WORDS; word++) this.#digest[word] = bytes.readUInt32LE(4 * word);
  }

  /** Where the digest stands, or the free slot it belongs into. */
  #find(slots: Uint32Array): number {
    const count = slots.length / SLOT_WORDS;
    let at = (this.#digest[0]! % count) * SLOT_WORDS;
    while (slots[at + DIGEST_WORDS] !== 0 && !this.#stands(slots, at)) at = (at + SLOT_WORDS) % slots.length;
    return at;
  }

  #stands(slots: Uint32Array, at: number): boolean {
    for (let i = 0; i < DIGEST_WORDS; i++) if (slots[at + i] !== this.#digest[i]) return false;
    return true;
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#slots.length);
    for (let from = 0; from < this.#slots.length; from += SLOT_WORDS) {
      if (this.#slots[from + DIGEST_WORDS] === 0) continue;
      this.#digest.set(this.#slots.subarray(from, from + DIGEST_WORDS));
      const at = this.#find(grown);
      grown.set(this.#slots.subarray(from, from + SLOT_WORDS), at);
    }
    this.#slots = grown;
  }
}
