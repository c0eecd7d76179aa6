import { createHash } from 'node:crypto';

const WORDS = 624;
const SHIFT = 397;

/**
 * The generator MT19937, to repeat what Python's `random`, NumPy's `RandomState` and C++'s `std::mt19937` draw. Everything
 * of our own comes from `randomStream`.
 *
 * @see Matsumoto and Nishimura 1998, doi:10.1145/272991.272995
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(WORDS);
  #next = WORDS;

  /** Seeded by one 32-bit number (`init_genrand`). */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < WORDS; i++) {
      const last = this.#state[i - 1]! ^ (this.#state[i - 1]! >>> 30);
      this.#state[i] = Math.imul(last, 1812433253) + i;
    }
  }

  /** Seeded by 32-bit numbers (`init_by_array`). */
  static ofWords(words: ArrayLike<number>): MersenneTwister {
    const twister = new MersenneTwister(19650218);
    const state = twister.#state;
    let i = 1;
    const mixed = (factor: number): number => Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), factor);
    const advance = (): void => {
      if (++i < WORDS) return;
      state[0] = state[WORDS - 1]!;
      i = 1;
    };
    for (let k = 0; k < Math.max(WORDS, words.length); k++) {
      const j = k % words.length;
      state[i] = (state[i]! ^ mixed(1664525)) + words[j]! + j;
      advance();
    }
    for (let k = 1; k < WORDS; k++) {
      state[i] = (state[i]! ^ mixed(1566083941)) - i;
      advance();
    }
    state[0] = 0x80000000;
    return twister;
  }

  /**
   * Seeded by a text, as Python's `random.Random(text)` is: the bytes of the text and of its SHA-512 as one number.
   *
   * @see CPython, Lib/random.py, `Random.seed`, version 2
   */
  static ofText(text: string): MersenneTwister {
    const bytes = Buffer.from(text, 'utf8');
    const number = Buffer.concat([bytes, createHash('sha512').update(bytes).digest()]).reverse();
    const padded = Buffer.alloc(Math.ceil(number.length / 4) * 4);
    number.copy(padded);
    // Python leaves leading zeros of the number away.
    let words = padded.length / 4;
    while (words > 1 && padded.readUInt32LE(4 * (words - 1)) === 0) words--;
    return MersenneTwister.ofWords(Array.from({ length: words }, (_, at) => padded.readUInt32LE(4 * at)));
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    if (this.#next === WORDS) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits, as Python's `random.random()`. */
  uniform(): number {
    const [high, low] = [this.uint32() >>> 5, this.uint32() >>> 6];
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < WORDS; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
