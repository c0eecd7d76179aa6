import * as tf from '@tensorflow/tfjs-core';

import { usesGpu, type Compiled } from '../engine/index.ts';
import { cacheLength } from './cacheLength.ts';
import type { Segment, SegmentInputs } from './decodeSegment.ts';
import type { GenerateOptions } from './generateOptions.ts';
import type { PlaceInputs } from './placeRows.ts';
import type { Caches } from './prefill.ts';
import type { Beginning, PromptQueue } from './promptQueue.ts';
import type { ResponseRow } from './responseRow.ts';

/** Most steps of a segment. */
const MOST_STEPS = 80;

/** Most steps between two looks for stop strings; what was drawn behind one is lost. */
const STEPS_BETWEEN_CHECKS = 16;

/**
 * When no response waits any more and no more than a quarter of the rows runs, they go on as that many rows, whose steps take
 * less. 0: never, as fewer than eight are not worth compiling for; on a GPU, where a step of few rows takes as long, none are.
 */
const quarter = (rows: number): number => (rows >= 32 && !usesGpu() ? Math.ceil(rows / 4) : 0);

/** Waiting responses begin when this share of the rows is free: each time all rows are copied twice and prompts prefilled. */
const REFILL_SHARE = 1 / 4;

/** What is compiled. */
export interface DecodingFunctions {
  /** Moves one cache to one of a certain length. */
  place(length: number): Compiled<[PlaceInputs], tf.Tensor>;
  segment: Compiled<[SegmentInputs], Segment>;
}

/** The rows and their caches; every row in use ends at the slot before `position`. */
interface Rows {
  slots: (ResponseRow | null)[];
  caches: Caches;
  length: number;
  position: number;
}

/**
 * Decodes all responses of a queue with a fixed number of rows: while some run, those that have ended make room for others.
 *
 * What happens when depends on nothing but the lengths of prompts and responses, never on time.
 *
 * @param vocabulary tokens of the model
 * @param onFinished called with responses as they end
 * @throws the signal's reason when it is aborted, between segments
 */
export async function decodeRows(
  queue: PromptQueue,
  count: number,
  vocabulary: number,
  functions: DecodingFunctions,
  options: GenerateOptions,
  onFinished: (rows: ResponseRow[]) => void,
): Promise<void> {
  const refillAt = Math.ceil(count * REFILL_SHARE);
  const rows: Rows = {
    slots: Array.from({ length: count }, () => null),
    caches: { keys: [], values: [] },
    length: 0,
    position: 0,
  };
  const running = (): number => rows.slots.filter((row) => row !== null).length;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (running() === 0) release(rows);
      if (count - running() >= refillAt) {
        while (queue.waiting > 0 && running() < count) {
          await place(rows, functions, await queue.take(count - running()));
          queue.release();
        }
      }
      if (running() === 0) return;
      if (queue.waiting === 0) {
        while (running() <= quarter(rows.slots.length)) await narrow(rows, functions);
      }
      if (rows.position === rows.length) await place(rows, functions, null);
      const idleAt = queue.waiting > 0 ? count - refillAt : quarter(rows.slots.length);
      await runSegment(rows, functions, vocabulary, options, idleAt);
      const finished = rows.slots.filter((row) => row !== null && row.finishReason !== null) as ResponseRow[];
      rows.slots = rows.slots.map((row) => (row?.finishReason === null ? row : null));
      if (finished.length > 0) onFinished(finished);
    }
  } finally {
    release(rows);
  }
}

function release(rows: Rows): void {
  tf.dispose(rows.caches);
  rows.caches = { keys: [], values: [] };
}

/** Moves the rows in use to caches that have room, as far to the left as they go, and puts new ones into free places. */
async function place(rows: Rows, functions: DecodingFunctions, beginning: Beginning | null): Promise<void> {
  const placed = [...rows.slots];
  const prompt = new Int32Array(placed.length);
  const isFresh = new Int32Array(placed.length);
  for (const { row, source } of beginning?.rows ?? []) {
    const free = placed.indexOf(null);
    placed[free] = row;
    prompt[free] = source;
    isFresh[free] = 1;
  }
  await moveCaches(rows, functions, placed, {
    fresh: beginning?.caches ?? { keys: [], values: [] },
    prompt: tf.tensor1d(prompt, 'int32'),
    isFresh: tf.tensor1d(isFresh, 'int32'),
    oldRow: [],
  });
}

/** Moves the last rows to caches for a quarter of the rows. */
async function narrow(rows: Rows, functions: DecodingFunctions): Promise<void> {
  const left = rows.slots.flatMap((row, at) => (row ? [{ row, at }] : []));
  const count = quarter(rows.slots.length);
  const placed = Array.from({ length: count }, (_, i) => left[i]?.row ?? null);
  const oldRow = Int32Array.from(placed, (_, i) => left[i]?.at ?? 0);
  await moveCaches(rows, functions, placed, {
    fresh: { keys: [], values: [] },
    prompt: tf.zeros([count], 'int32'),
    isFresh: tf.zeros([count], 'int32'),
    oldRow: [tf.tensor1d(oldRow, 'int32')],
  });
}

async function moveCaches(
  rows: Rows,
  functions: DecodingFunctions,
  placed: Rows['slots'],
  { fresh, ...moves }: Pick<PlaceInputs, 'prompt' | 'isFresh' | 'oldRow'> & { fresh: Caches },
): Promise<void> {
  const position = Math.max(...placed.map((row) => row?.cached ?? 1));
  const length = cacheLength(position, placed.length);
  const inputs = {
    ...moves,
    oldShift: tf.scalar(rows.position - position, 'int32'),
    freshShift: tf.scalar((fresh.keys[0]?.shape[2] ?? 0) - position, 'int32'),
  };
  const move = functions.place(length);
  const layers = Math.max(rows.caches.keys.length, fresh.keys.length);
  try {
    for (const name of ['keys', 'values'] as const) {
      const caches = rows.caches[name];
      // One after the other, so that no more than one of them is in memory twice.
      for (let layer = 0; layer < layers; layer++) {
        const moved = await move.async({ ...inputs, old: listed(caches[layer]), fresh: listed(fresh[name][layer]) });
        caches[layer]?.dispose();
        caches[layer] = moved;
      }
    }
  } finally {
    tf.dispose(inputs);
  }
  Object.assign(rows, { slots: placed, length, position });
}

const listed = (cache: tf.Tensor | undefined): tf.Tensor[] => (cache ? [cache] : []);

async function runSegment(
  rows: Rows,
  functions: DecodingFunctions,
  vocabulary: number,
  options: GenerateOptions,
  idleAt: number,
): Promise<void> {
  const { slots, caches, length, position } = rows;
  const most = options.stopStrings?.length ? STEPS_BETWEEN_CHECKS : MOST_STEPS;
  const limit = Math.min(length - position, most);
  const small = rowInputs(slots, position, limit, options);
  const scalars = { position: tf.scalar(position, 'int32'), steps: tf.scalar(limit, 'int32') };
  const seen = (options.repetitionPenalty ?? 1) === 1 ? [] : [seenTokens(slots, vocabulary)];
  const inputs: SegmentInputs = { caches, ...small, ...scalars, idleAt: tf.scalar(idleAt, 'int32'), seen };
  let segment: Segment;
  try {
    segment = await functions.segment.async(inputs);
  } finally {
    tf.dispose({ ...inputs, caches: [] });
  }
  tf.dispose(caches);
  rows.caches = segment.caches;
  const { tokens, logProbs, steps } = segment;
  const [tokenData, logProbData, stepData] = await Promise.all([tokens.data(), logProbs.data(), steps.data()]);
  tf.dispose([tokens, logProbs, steps]);
  const ran = stepData[0]!;
  rows.position += ran;
  for (const [i, row] of slots.entries()) {
    if (!row) continue;
    const got = Math.min(ran, row.maxTokens - row.tokenIds.length);
    const column = (data: ArrayLike<number>): number[] =>
      Array.from({ length: got }, (_, step) => data[step * slots.length + i]!);
    row.append(column(tokenData), column(logProbData), options);
  }
}

/** Where each row stands, and its random numbers. */
function rowInputs(
  slots: Rows['slots'],
  position: number,
  steps: number,
  { padToken }: GenerateOptions,
): Pick<SegmentInputs, 'token' | 'padding' | 'remaining' | 'uniforms'> {
  const count = slots.length;
  const token = new Int32Array(count).fill(padToken);
  const padding = new Int32Array(count);
  const remaining = new Int32Array(count);
  const uniforms = new Float32Array(MOST_STEPS * count);
  for (const [i, row] of slots.entries()) {
    if (!row) continue;
    token[i] = row.lastToken;
    padding[i] = position - row.cached;
    remaining[i] = row.maxTokens - row.tokenIds.length;
    const draws = Math.min(steps, remaining[i]);
    for (let step = 0; step < draws; step++) uniforms[step * count + i] = row.uniform(step);
  }
  return {
    token: tf.tensor1d(token, 'int32'),
    padding: tf.tensor1d(padding, 'int32'),
    remaining: tf.tensor1d(remaining, 'int32'),
    uniforms: tf.tensor2d(uniforms, [MOST_STEPS, count]),
  };
}

/** 1 for the tokens of each row, prompt and response, [R, V]. */
function seenTokens(slots: Rows['slots'], vocabulary: number): tf.Tensor2D {
  const seen = new Float32Array(slots.length * vocabulary);
  for (const [i, row] of slots.entries()) {
    for (const token of row ? [...row.promptTokens, ...row.tokenIds] : []) seen[i * vocabulary + token] = 1;
  }
  return tf.tensor2d(seen, [slots.length, vocabulary]);
}
