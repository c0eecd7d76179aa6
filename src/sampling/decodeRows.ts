import * as tf from '@tensorflow/tfjs-core';

import type { Compiled } from '../engine/index.ts';
import type { Segment, SegmentInputs } from './decodeSegment.ts';
import type { GenerateOptions } from './generateOptions.ts';
import type { PlaceInputs } from './placeRows.ts';
import type { Caches } from './prefill.ts';
import type { Beginning, PromptQueue } from './promptQueue.ts';
import type { ResponseRow } from './responseRow.ts';

/** Cached slots grow in steps, so that early tokens do not attend over the whole final cache. */
const CACHE_STEP = 64;

/** Steps for which new caches have room at least: moving the rows costs about one. */
const LEAST_ROOM = 16;

/** Most steps of a segment: all of the room that caches may have. */
const MOST_STEPS = CACHE_STEP + LEAST_ROOM;

/** Most steps between two looks for stop strings; what was drawn behind one is lost. */
const STEPS_BETWEEN_CHECKS = 16;

/** Waiting responses begin when this share of the rows is free: each time all rows are copied twice and prompts prefilled. */
const REFILL_SHARE = 1 / 4;

/** What is compiled. */
export interface DecodingFunctions {
  /** For caches of a certain length. */
  place(length: number): Compiled<[PlaceInputs], Caches>;
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
  const freeRows = (): number => rows.slots.filter((row) => row === null).length;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      if (freeRows() === count) release(rows);
      if (freeRows() >= refillAt) {
        while (queue.waiting > 0 && freeRows() > 0) {
          await place(rows, functions, await queue.take(freeRows()));
          queue.release();
        }
      }
      if (freeRows() === count) return;
      if (rows.position === rows.length) await place(rows, functions, null);
      await runSegment(rows, functions, vocabulary, options, queue.waiting > 0 ? count - refillAt : 0);
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
  const { slots, caches: old } = rows;
  const started = beginning?.rows ?? [];
  const goingOn = slots.flatMap((row) => (row ? [row] : []));
  const position = Math.max(...[...goingOn, ...started.map(({ row }) => row)].map(({ cached }) => cached), 1);
  const length = Math.ceil((position + LEAST_ROOM) / CACHE_STEP) * CACHE_STEP;
  const source = new Int32Array(slots.length);
  const isFresh = new Int32Array(slots.length);
  const placed = [...slots];
  for (const { row, source: prompt } of started) {
    const free = placed.indexOf(null);
    placed[free] = row;
    source[free] = prompt;
    isFresh[free] = 1;
  }
  const fresh = beginning?.caches ?? { keys: [], values: [] };
  const inputs: Omit<PlaceInputs, 'old' | 'fresh'> = {
    source: tf.tensor1d(source, 'int32'),
    isFresh: tf.tensor1d(isFresh, 'int32'),
    oldShift: tf.scalar(rows.position - position, 'int32'),
    freshShift: tf.scalar((fresh.keys[0]?.shape[2] ?? 0) - position, 'int32'),
  };
  try {
    rows.caches = await functions.place(length).async({ ...inputs, old, fresh } as PlaceInputs);
  } finally {
    tf.dispose(inputs);
  }
  tf.dispose(old);
  rows.slots = placed;
  rows.length = length;
  rows.position = position;
}

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
