import { randomStream } from '../../src/base/seed.ts';
import { checkCount } from './checkOption.ts';
import { rowStream, type RowStream, type Rows, type TransformedRows } from './rowStream.ts';

export interface ShuffleOptions {
  seed: number | string;
}

export interface ShuffleWindowOptions extends ShuffleOptions {
  /** Rows held in memory to draw from, 1 or more. 1 changes nothing. */
  window: number;
}

/**
 * All rows in random order, every order as likely as any other (Fisher-Yates). The same seed gives the same order.
 *
 * @returns new list; the one handed in stays as it is
 */
export function shuffle<T>(rows: readonly T[], { seed }: ShuffleOptions): TransformedRows<T> {
  const shuffled = randomStream(seed, 'shuffle').shuffle(rows);
  const entry = { name: 'shuffle', options: { seed }, rowsIn: rows.length, rowsOut: rows.length };
  return { rows: shuffled, entry };
}

/**
 * Shuffles rows that stream, with `window` of them in memory: each row given is drawn from those, and the next takes its
 * place. A row comes at most `window - 1` places before its own, and may come any number of places after it: what is sorted
 * over more rows than the window stays roughly sorted. The same seed and window give the same order.
 *
 * @throws {RangeError} when window is no whole number above 0
 */
export function shuffleWindow<T>(rows: Rows<T>, { seed, window }: ShuffleWindowOptions): RowStream<T> {
  checkCount('shuffleWindow', 'window', window, 1);
  return rowStream({ name: 'shuffleWindow', options: { seed, window } }, rows, async function* (source) {
    const random = randomStream(seed, 'shuffleWindow');
    const held: T[] = [];
    for await (const row of source) {
      held.push(row);
      if (held.length === window) yield draw(held, random.integer(window));
    }
    while (held.length > 0) yield draw(held, random.integer(held.length));
  });
}

/** Takes one out; the last moves into its place. */
function draw<T>(held: T[], at: number): T {
  const drawn = held[at]!;
  const last = held.pop()!;
  if (at < held.length) held[at] = last;
  return drawn;
}
