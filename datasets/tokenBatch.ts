import { groupIntoRows } from './groupIntoRows.ts';

/** A prompt with the completions that a loss takes together: two of a pair, one of a sample. */
export interface Example {
  id: string;
  promptIds: readonly number[];
  completions: readonly (readonly number[])[];
}

/**
 * Where the tokens of packed rows belong. A token sees those before it in its tree that are on the trunk or on its own
 * branch: a sequence that stands alone is a trunk, and a prompt that several completions share is a trunk with branches.
 */
export interface Packing {
  /** [R, T], position of each token in its own sequence; 0 at padding. */
  positions: Int32Array;
  /** [R, T], from 1; 0 at padding. */
  trees: Int32Array;
  /** [R, T], 0 on the trunk. */
  branches: Int32Array;
}

/**
 * What a model computes at once, R rows of T tokens, and where S sequences of at most L counted tokens are in it.
 *
 * Sequences are the first completion of every example, then the second of every example, and so on.
 */
export interface TokenBatch {
  /** R */
  rows: number;
  /** T */
  length: number;
  /** [R, T] */
  inputIds: Int32Array;
  /** null where each row is one sequence, from its first position on, with padding on the right. */
  packing: Packing | null;
  /** [N], places in the flat [R, T] whose logits predict a counted token; filled up with 0. */
  sources: Int32Array;
  /** [N], the tokens that are predicted. */
  targets: Int32Array;
  /** [S, L], which of the N a sequence counts; 0 where it counts none. */
  places: Int32Array;
  /** [S, L], 1 where a token counts, else 0. */
  mask: Float32Array;
  /** S, completions of an example times examples, filler included. */
  sequences: number;
  /** Which of the batch's examples are here, by position; filler not included. */
  members: number[];
  /** Examples, filler included: S divided by the completions of an example. */
  slots: number;
}

/**
 * Examples as one row for each sequence, padded on the right. Slots without an example hold the first one again (copies
 * rather than padding, so that every row has finite log-probabilities).
 *
 * @param members positions of the examples in their batch
 */
export function paddedTokens(
  examples: readonly Example[],
  members: number[],
  { slots, length, padTokenId }: { slots: number; length: number; padTokenId: number },
): TokenBatch {
  const sides = examples[0]!.completions.length;
  const rows = sides * slots;
  const counted = length - 1;
  const inputIds = new Int32Array(rows * length).fill(padTokenId);
  const mask = new Float32Array(rows * counted);
  const sources = Int32Array.from({ length: rows * counted }, (_, i) => i + Math.floor(i / counted));
  for (let row = 0; row < rows; row++) {
    const { promptIds, completions } = examples[row % slots] ?? examples[0]!;
    const completion = completions[Math.floor(row / slots)]!;
    inputIds.set([...promptIds, ...completion], row * length);
    const first = row * counted + promptIds.length - 1;
    mask.fill(1, first, first + completion.length);
  }
  return {
    rows,
    length,
    inputIds,
    packing: null,
    sources,
    targets: sources.map((source) => inputIds[source + 1]!),
    places: Int32Array.from(sources.keys()),
    mask,
    sequences: rows,
    members,
    slots,
  };
}

export interface PackedOptions {
  /** Slots of each micro-batch, at least as many as examples. */
  slots: number;
  /** R, rows of a micro-batch. */
  rows: number;
  /** T, at least the longest `packedLength`. */
  length: number;
  /** Whether the completions of an example follow one copy of its prompt. */
  sharedPrompts: boolean;
  padTokenId: number;
}

/** Tokens of the longest sequence of an example. */
export function sequenceLength({ promptIds, completions }: Example): number {
  return promptIds.length + Math.max(...completions.map(({ length }) => length));
}

/** Tokens that an example takes in a packed row. */
export function packedLength({ promptIds, completions }: Example, sharedPrompts: boolean): number {
  const prompts = sharedPrompts ? 1 : completions.length;
  return prompts * promptIds.length + completions.reduce((sum, { length }) => sum + length, 0);
}

/** The examples of a batch in as few rows as first-fit finds, `rows` rows at a time. */
export function packedTokens(examples: readonly Example[], options: PackedOptions): TokenBatch[] {
  const { rows, length, sharedPrompts } = options;
  const sizes = examples.map((example) => packedLength(example, sharedPrompts));
  const grouped = groupIntoRows(sizes, length);
  return Array.from({ length: Math.ceil(grouped.length / rows) }, (_, i) =>
    packRows(examples, grouped.slice(i * rows, (i + 1) * rows), options),
  );
}

function packRows(
  examples: readonly Example[],
  grouped: readonly (readonly number[])[],
  { rows, length, slots, sharedPrompts, padTokenId }: PackedOptions,
): TokenBatch {
  const size = rows * length;
  const inputIds = new Int32Array(size).fill(padTokenId);
  const packing = {
    positions: new Int32Array(size),
    trees: new Int32Array(size),
    branches: new Int32Array(size),
  };
  const sources: number[] = [];
  const targets: number[] = [];
  const members = grouped.flat();
  const sides = examples[members[0]!]!.completions.length;
  const spans = new Map<number, { start: number; count: number }>();
  let tree = 0;
  for (const [row, indices] of grouped.entries()) {
    let at = row * length;
    const put = (ids: readonly number[], firstPosition: number, branch: number): void => {
      inputIds.set(ids, at);
      packing.trees.fill(tree, at, at + ids.length);
      packing.branches.fill(branch, at, at + ids.length);
      ids.forEach((_, i) => (packing.positions[at + i] = firstPosition + i));
      at += ids.length;
    };
    for (const index of indices) {
      const { promptIds, completions } = examples[index]!;
      const slot = members.indexOf(index);
      let promptEnd = -1;
      for (const [side, completion] of completions.entries()) {
        if (side === 0 || !sharedPrompts) {
          tree++;
          put(promptIds, 0, 0);
          promptEnd = at - 1;
        }
        const start = sources.length;
        completion.forEach((token, i) => {
          sources.push(i === 0 ? promptEnd : at + i - 1);
          targets.push(token);
        });
        spans.set(side * slots + slot, { start, count: completion.length });
        put(completion, promptIds.length, sharedPrompts ? side + 1 : 0);
      }
    }
  }
  const padded = countedLength(sources.length, size);
  const filled = (values: readonly number[]): Int32Array =>
    Int32Array.from({ length: padded }, (_, i) => values[i] ?? 0);
  const sequences = sides * slots;
  const places = new Int32Array(sequences * length);
  const mask = new Float32Array(sequences * length);
  for (let sequence = 0; sequence < sequences; sequence++) {
    const firstOfSide = Math.floor(sequence / slots) * slots;
    const { start, count } = spans.get(sequence) ?? spans.get(firstOfSide)!;
    for (let i = 0; i < count; i++) places[sequence * length + i] = start + i;
    mask.fill(1, sequence * length, sequence * length + count);
  }
  return {
    rows,
    length,
    inputIds,
    packing,
    sources: filled(sources),
    targets: filled(targets),
    places,
    mask,
    sequences,
    members,
    slots,
  };
}

/** Counted tokens are rounded up to quarters of the whole, so that few shapes are compiled. */
function countedLength(counted: number, size: number): number {
  const quarter = Math.ceil(size / 4);
  return Math.ceil(counted / quarter) * quarter;
}
