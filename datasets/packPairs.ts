import type { EncodedPairs } from './encodePairs.ts';

/** Encoded pairs as few typed arrays, which change threads without a copy. */
export interface PackedPairs {
  ids: string[];
  faults: string[];
  /** Three a pair: tokens of the prompt, of the chosen and of the rejected answer. */
  lengths: Int32Array<ArrayBuffer>;
  /** Those tokens, one pair after the other. */
  tokens: Int32Array<ArrayBuffer>;
}

/** Packs what {@link unpackPairs} unpacks. */
export function packPairs({ tokenized, faults }: EncodedPairs): PackedPairs {
  const parts = tokenized.flatMap(({ promptIds, chosenIds, rejectedIds }) => [promptIds, chosenIds, rejectedIds]);
  const lengths = Int32Array.from(parts, (part) => part.length);
  const tokens = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
  }
  return { ids: tokenized.map(({ id }) => id), faults, lengths, tokens };
}

export function unpackPairs({ ids, faults, lengths, tokens }: PackedPairs): EncodedPairs {
  let at = 0;
  const take = (part: number): number[] => Array.from(tokens.subarray(at, (at += lengths[part]!)));
  const tokenized = ids.map((id, pair) => ({
    id,
    promptIds: take(3 * pair),
    chosenIds: take(3 * pair + 1),
    rejectedIds: take(3 * pair + 2),
  }));
  return { tokenized, faults };
}
