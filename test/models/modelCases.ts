import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';

import { loadPolicy, readSafetensors, type Policy } from '../../src/models/index.ts';

/** The golden cases of this project: folders with a model and what transformers computes with it. */
export const GOLDEN_MODELS = fileURLToPath(new URL('../golden/models', import.meta.url));

/** case.json; rows are padded with 0 to the same length. */
export interface ModelCase {
  folder: string;
  /** [3][T] */
  input_ids: number[][];
  /** [3][T] */
  attention_mask: number[][];
  /** [3][T - 1]; entry t masks logits[t] -> input_ids[t + 1]. */
  completion_mask: number[][];
  sum_logps: number[];
  greedy_prompt: number[];
  greedy_continuation: number[];
  left_padded_prompts: number[][];
  left_padded_mask: number[][];
  left_padded_continuations: number[][];
}

/** case.json of a reward model. */
export interface ScoreCase {
  /** [3][T] */
  input_ids: number[][];
  scores: number[];
}

/**
 * Names of the case folders in `folder` whose models do this.
 *
 * @throws {Error} when there is no case at all
 */
export function caseNames(folder: string, task: 'generation' | 'scoring'): string[] {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (folders.length === 0) throw new Error(`${folder}: no case folders in it.`);
  const names = folders.map(({ name }) => name);
  return names.filter((name) => 'scores' in readCase(join(folder, name)) === (task === 'scoring'));
}

export function readScoreCase(folder: string): ScoreCase {
  return JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as ScoreCase;
}

export function readCase(folder: string): ModelCase {
  return { ...(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as ModelCase), folder };
}

/** Logits that transformers computes, [3, T, V] flat; rows at padding mean nothing. */
export async function expectedLogits(folder: string): Promise<Float32Array> {
  return (await readSafetensors(join(folder, 'expected.safetensors'))).get('logits')!.data;
}

/** The small golden Llama. */
export async function loadGoldenPolicy(): Promise<Policy> {
  return loadPolicy(join(GOLDEN_MODELS, 'llama'));
}

export function caseTensors({ input_ids: ids, completion_mask: mask }: ModelCase): {
  ids: tf.Tensor2D;
  mask: tf.Tensor2D;
} {
  return { ids: tf.tensor2d(ids, undefined, 'int32'), mask: tf.tensor2d(mask, undefined, 'float32') };
}

/** The largest distance of two lists of numbers, over the entries that count. */
export function largestDistance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  counts: (index: number) => boolean = () => true,
): number {
  if (a.length !== b.length) throw new Error(`lists of ${a.length} and ${b.length} numbers`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    // A comparison with NaN is false: written so, NaN is a distance, too.
    if (counts(i) && !(Math.abs(a[i]! - b[i]!) <= largest)) largest = Math.abs(a[i]! - b[i]!);
  }
  return largest;
}
