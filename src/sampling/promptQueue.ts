import * as tf from '@tensorflow/tfjs-core';

import type { GenerateOptions, GenerateRequest } from './generateOptions.ts';
import type { Caches, PrefillInputs } from './prefill.ts';
import { ResponseRow } from './responseRow.ts';

/** Prompts are padded to a multiple of this, so that few lengths are compiled. */
const PROMPT_STEP = 16;

/** Responses that can begin, and the prefilled prompts that they begin from; the queue owns the caches. */
export interface Beginning {
  rows: { row: ResponseRow; source: number }[];
  caches: Caches;
}

/** Responses that wait for a free row. One batch of prompts is prefilled at a time, when the first of it can begin. */
export interface PromptQueue {
  /** Responses that wait. */
  readonly waiting: number;
  /** The next responses, at most `count`, all of one batch of prompts; until the next call. */
  take(count: number): Promise<Beginning>;
  /** Frees prompts from which all samples have begun. */
  release(): void;
  dispose(): void;
}

/**
 * @param prompts prompts of a batch
 * @param prefill makes their caches
 */
export function createPromptQueue(
  requests: readonly GenerateRequest[],
  prompts: number,
  options: GenerateOptions,
  prefill: (inputs: PrefillInputs) => Promise<Caches>,
): PromptQueue {
  const { samples = 1 } = options;
  // Prompts of similar length share a batch. The shortest come first: long prompts then join rows that have grown, and few steps
  // attend over many slots.
  const order = requests
    .map((_, index) => index)
    .sort((a, b) => requests[a]!.promptTokens.length - requests[b]!.promptTokens.length || a - b);
  let nextPrompt = 0;
  let caches: Caches | null = null;
  let ready: Beginning['rows'] = [];

  const dispose = (): void => {
    if (caches) tf.dispose(caches);
    caches = null;
  };
  const fill = async (): Promise<Caches> => {
    dispose();
    const batch = order.slice(nextPrompt, nextPrompt + prompts);
    const inputs = prefillInputs(
      batch.map((index) => requests[index]!.promptTokens),
      prompts,
      options.padToken,
    );
    try {
      caches = await prefill(inputs);
    } finally {
      tf.dispose(inputs);
    }
    nextPrompt += batch.length;
    ready = batch.flatMap((index, source) =>
      Array.from({ length: samples }, (_, k) => ({
        row: new ResponseRow(requests[index]!, k, index * samples + k, options),
        source,
      })),
    );
    return caches;
  };
  return {
    get waiting() {
      return ready.length + (order.length - nextPrompt) * samples;
    },
    take: async (count) => {
      const present = caches && ready.length > 0 ? caches : await fill();
      return { rows: ready.splice(0, count), caches: present };
    },
    release: () => {
      if (ready.length === 0) dispose();
    },
    dispose,
  };
}

/** Left-padded prompts without their last tokens; a short last batch is filled up with padding. */
function prefillInputs(prompts: readonly (readonly number[])[], rows: number, padToken: number): PrefillInputs {
  const longest = Math.max(...prompts.map((tokens) => tokens.length - 1), 1);
  const length = Math.ceil(longest / PROMPT_STEP) * PROMPT_STEP;
  const ids = new Int32Array(rows * length).fill(padToken);
  const padding = new Int32Array(rows).fill(length);
  for (const [row, tokens] of prompts.entries()) {
    padding[row] = length - (tokens.length - 1);
    ids.set(tokens.slice(0, -1), row * length + padding[row]);
  }
  return { prompts: tf.tensor2d(ids, [rows, length], 'int32'), padding: tf.tensor1d(padding, 'int32') };
}
