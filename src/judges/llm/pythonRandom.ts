import { createHash } from 'node:crypto';

const WORDS = 624;
const SHIFT = 397;

/**
 * Random numbers in [0, 1) as Python's `random.Random(seed).random()` draws them for a text: MT19937 started from the
 * text's UTF-8 bytes and their SHA-512. Published evaluations decide with it which answer is shown first.
 *
 * @see Matsumoto, Nishimura 1998, "Mersenne Twister"; CPython's Lib/random.py, seed version 2
 */
export function pythonRandom(seed: string): () => number {
  const bytes = Buffer.from(seed, 'utf8');
  const next = mersenneTwister(littleEndianWords(Buffer.concat([bytes, createHash('sha512').update(bytes).digest()])));
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  };
}

/** A big-endian number as 32-bit words, the lowest first and without leading zeros. */
function littleEndianWords(bytes: Buffer): number[] {
  const padded = Buffer.concat([Buffer.alloc((4 - (bytes.length % 4)) % 4), bytes]);
  const words = Array.from({ length: padded.length / 4 }, (_, i) => padded.readUInt32BE(padded.length - 4 * (i + 1)));
  while (words.length > 1 && words.at(-1) === 0) words.pop();
  return words;
}

/** MT19937 started by an array of words (`init_by_array`); draws 32 bits at a time. */
function mersenneTwister(key: readonly number[]): () => number {
  const state = new Uint32Array(WORDS);
  const mixed = (i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
  state[0] = 19_650_218;
  for (let i = 1; i < WORDS; i++) state[i] = Math.imul(1_812_433_253, mixed(i)) + i;
  let [i, j] = [1, 0];
  const wrap = (): void => {
    if (i < WORDS) return;
    state[0] = state[WORDS - 1]!;
    i = 1;
  };
  for (let k = Math.max(WORDS, key.length); k > 0; k--) {
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1_664_525)) + key[j]! + j;
    i += 1;
    j = (j + 1) % key.length;
    wrap();
  }
  for (let k = WORDS - 1; k > 0; k--) {
    state[i] = (state[i]! ^ Math.imul(mixed(i), 1_566_083_941)) - i;
    i += 1;
    wrap();
  }
  state[0] = 0x8000_0000;
  let at = WORDS;
  return () => {
    if (at === WORDS) {
      twist(state);
      at = 0;
    }
    let y = state[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < WORDS; i++) {
    const y = (state[i]! & 0x8000_0000) | (state[(i + 1) % WORDS]! & 0x7fff_ffff);
    state[i] = state[(i + SHIFT) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
  }
}
