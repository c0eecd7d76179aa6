import seedrandom from 'seedrandom';

/** A named, reproducible stream of random numbers. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  pick<T>(items: readonly T[]): T;
  /** A new array in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * Derives the stream called `names` from one seed: the same seed and names give the same numbers on every machine, and
 * streams of different names are independent, so adding a consumer never shifts the numbers of another.
 *
 * @example randomStream(1, 'round', 2, 'sampling').uniform();
 */
export function randomStream(seed: number | string, ...names: (string | number)[]): RandomStream {
  const next = seedrandom([String(seed), ...names].join('\u0000'));
  const integer = (bound: number): number => Math.floor(next() * bound);
  return {
    uniform: () => next(),
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (items) => {
      if (items.length === 0) throw new RangeError('randomStream.pick: the list is empty.');
      return items[integer(items.length)]!;
    },
    shuffle: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
  };
}
