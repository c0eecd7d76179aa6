import { readFileSync } from 'node:fs';

import type * as tf from '@tensorflow/tfjs-core';

/** One entry of the golden file, in the format of the shared vectors. */
export interface GoldenVector {
  id: string;
  kind: 'loss' | 'primitive' | 'pipeline';
  loss: string;
  params: Record<string, unknown>;
  inputs: Record<string, tf.TensorLike>;
  expected_losses: number[] | null;
  expected_mean?: number;
  expected_grads?: Record<string, number[] | number[][]>;
  expected_outputs?: unknown;
  grad_of?: 'per_example' | 'mean';
}

export const GOLDEN_LOSSES = new URL('../golden/losses.json', import.meta.url);

export function readVectors(path: string | URL): GoldenVector[] {
  return JSON.parse(readFileSync(path, 'utf8')) as GoldenVector[];
}

/** The record under the keys that `inputs` and `options` of a loss use: `label_smoothing` becomes `labelSmoothing`. */
export function camelKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [camelCase(key), value]));
}

function camelCase(key: string): string {
  return key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
