import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { randomStream, type RandomStream } from '../src/base/seed.ts';

/** A row in TRL's conversational preference format. */
export interface SyntheticPair {
  id: string;
  prompt: { role: string; content: string }[];
  chosen: { role: string; content: string }[];
  rejected: { role: string; content: string }[];
}

/** Different words; English text of this size has about as many. */
const WORDS = 50_000;
/** UTF-8 bytes of an answer, and of the question, in the mean. */
const SIDE_BYTES = 400;
const SYLLABLES =
  'a an al be ca ce co con de di do e en er ex fa fi for ge ha he i in ing ion is ka la le li lo ma me mi mo na ne no o ob on or pa pe per ra re ri ro sa se si sta su ta te ter ti tion to tra un ver vi wo y'.split(
    ' ',
  );
const RARE = [
  'café',
  'naïve',
  'Größe',
  'Москва',
  '東京',
  '数据',
  'مرحبا',
  '😀',
  '👩‍💻',
  'π ≈ 3.14',
  '“quoted”',
  'e\u0301te\u0301',
];
const MARKS = [', ', ', ', ', ', '; ', ': ', ' - ', ' (', ') ', '\n', '\n\n', "'s ", "n't ", '... '];

/**
 * Pairs of made-up text: words by Zipf's law over a vocabulary of their own, sentences, punctuation, numbers, line breaks and
 * a few words beyond ASCII; about 400 bytes a side. The same seed gives the same rows.
 */
export function* syntheticPairs({ rows, seed }: { rows: number; seed: number }): Generator<SyntheticPair> {
  const write = textWriter(seed);
  for (let row = 0; row < rows; row++) {
    const random = randomStream(seed, 'syntheticPairs', row);
    const bytes = (): number => SIDE_BYTES * (0.5 + random.uniform());
    const say = (role: string): SyntheticPair['prompt'] => [{ role, content: write(random, bytes()) }];
    yield { id: `row ${row}`, prompt: say('user'), chosen: say('assistant'), rejected: say('assistant') };
  }
}

/** Writes them as JSON Lines. */
export async function writeSyntheticPairs(path: string, options: { rows: number; seed: number }): Promise<void> {
  function* lines(): Generator<string> {
    for (const pair of syntheticPairs(options)) yield `${JSON.stringify(pair)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

/** Makes the vocabulary; the writer goes on until a text has the bytes. */
function textWriter(seed: number): (random: RandomStream, bytes: number) => string {
  const words = vocabulary(randomStream(seed, 'syntheticPairs', 'vocabulary'));
  const ranks = zipfRanks(words.length);
  return (random, bytes) => {
    let text = '';
    let length = 0;
    let starts = true;
    while (length < bytes) {
      const word = nextWord(random, words[ranks(random.uniform())]!);
      const [mark, ends] = nextMark(random);
      const part = (starts ? word.charAt(0).toUpperCase() + word.slice(1) : word) + mark;
      starts = ends;
      text += part;
      length += Buffer.byteLength(part);
    }
    return text.trim();
  };
}

function nextWord(random: RandomStream, word: string): string {
  const kind = random.uniform();
  if (kind < 0.02) return String(random.integer(10 ** (1 + random.integer(5))));
  return kind < 0.03 ? random.pick(RARE) : word;
}

function nextMark(random: RandomStream): [mark: string, ends: boolean] {
  const kind = random.uniform();
  if (kind < 0.07) return [random.pick(['. ', '. ', '! ', '? ', '.\n']), true];
  return [kind < 0.16 ? random.pick(MARKS) : ' ', false];
}

/** Made of syllables, short ones first: frequent words are short. */
function vocabulary(random: RandomStream): string[] {
  const words = new Set<string>();
  while (words.size < WORDS) {
    const syllables = 1 + random.integer(1 + Math.ceil(Math.log10(words.size + 2)));
    words.add(Array.from({ length: syllables }, () => random.pick(SYLLABLES)).join(''));
  }
  return [...words];
}

/** From a number in [0, 1) to a rank: the word of rank r comes with a frequency in proportion to 1 / (r + 2.7). */
function zipfRanks(count: number): (uniform: number) => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 2.7);
  return (uniform) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > uniform * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
