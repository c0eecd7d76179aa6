import type * as tf from '@tensorflow/tfjs-core';

import { compile, concurrency, type Compiled } from '../engine/index.ts';
import { readWeights, type Policy } from '../models/index.ts';
import { decodeRows, type DecodingFunctions } from './decodeRows.ts';
import {
  decodeSegment,
  type DecodedModel,
  type Segment,
  type SegmentInputs,
  type SegmentSettings,
} from './decodeSegment.ts';
import {
  checkRequests,
  DEFAULT_BATCH,
  type GeneratedResponse,
  type GenerateOptions,
  type GenerateRequest,
} from './generateOptions.ts';
import { rowsFor } from './rowsFor.ts';
import { placeRows, type PlaceInputs } from './placeRows.ts';
import { prefill, type Caches, type PrefillInputs } from './prefill.ts';
import { createPromptQueue } from './promptQueue.ts';
import type { ResponseRow } from './responseRow.ts';

/** A sampler bound to one policy; it keeps what it compiled between calls, and sees every update of the weights. */
export interface Sampler {
  /**
   * Any number of responses with memory for `batchSize` rows and one batch of prompts.
   *
   * @returns in the order of the requests; with several samples those of a request stand together: sample k of request i
   *   is at i * samples + k
   * @throws {RangeError} when options are out of range, or a prompt is empty or leaves no room in the context
   * @throws {UserError} when a prompt has a token that the policy lacks, or the policy's numbers are not finite
   * @throws the signal's reason when it is aborted, at the latest 80 tokens later
   */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): Promise<GeneratedResponse[]>;
  dispose(): void;
}

/** Makes a sampler for a policy. */
export function createSampler(policy: Policy): Sampler {
  return samplerOf([{ policy, share: 1 }]);
}

/** A model, and the share of its logits. */
export interface SampledModel {
  policy: Policy;
  share: number;
}

/** Makes a sampler for one model, or for the geometric mixture of several with the same tokens. */
export function samplerOf(models: readonly SampledModel[]): Sampler {
  const functions = compiledFunctions(models);
  return {
    generate: async (requests, options) => {
      for (const { policy } of models) checkRequests(requests, options, policy);
      if (requests.length === 0) return [];
      const { samples = 1, batchSize = DEFAULT_BATCH } = options;
      const total = requests.length * samples;
      const rows = rowsFor(total, batchSize);
      const lanes = Math.max(1, Math.min(concurrency(), Math.floor(rows / LANE_ROWS), requests.length));
      const results: GeneratedResponse[][] = requests.map(() => []);
      let done = 0;
      await runTogether(lanes, options.signal, async (lane, signal) => {
        // Which request runs where depends on nothing but its place.
        const own = requests.flatMap((request, index) => (index % lanes === lane ? [{ request, index }] : []));
        await decodeLane(
          own.map(({ request }) => request),
          Math.ceil(rows / lanes),
          { ...options, signal },
          (finished) => {
            for (const { index, tokenIds, tokenLogProbs, finishReason } of finished) {
              const of = own[Math.floor(index / samples)]!.index;
              results[of]![index % samples] = { tokenIds, tokenLogProbs, finishReason: finishReason! };
            }
            done += finished.length;
            options.onProgress?.(done, total);
          },
        );
      });
      return results.flat();
    },
    dispose: () => functions.dispose(),
  };

  async function decodeLane(
    requests: readonly GenerateRequest[],
    rows: number,
    options: GenerateOptions,
    onFinished: (rows: ResponseRow[]) => void,
  ): Promise<void> {
    const { samples = 1 } = options;
    const prompts = rowsFor(requests.length, Math.ceil(rows / samples));
    const fillPrompts = functions.prefill(options, rows);
    const queue = createPromptQueue(requests, prompts, options, (inputs) => fillPrompts.async(inputs));
    try {
      const parts = functions.decoding(options, rows);
      await decodeRows(queue, rows, models[0]!.policy.config.vocabSize, parts, options, onFinished);
    } finally {
      queue.dispose();
    }
  }
}

/**
 * Rows that decode together at least. On a CPU XLA attends over the caches on one thread, so that there two halves of the rows
 * decode at the same time; with fewer rows the weights, which both read, cost more than that gains.
 */
const LANE_ROWS = 16;

/** Runs tasks beside one another; when one fails the others are aborted, and when all have ended its error is thrown. */
async function runTogether(
  count: number,
  outer: AbortSignal | undefined,
  task: (index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const tasks = Array.from({ length: count }, async (_, index) => {
    try {
      await task(index, signal);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(tasks);
  await Promise.all(tasks);
}

interface CompiledFunctions {
  prefill(options: GenerateOptions, rows: number): Compiled<[PrefillInputs], Caches>;
  decoding(options: GenerateOptions, rows: number): DecodingFunctions;
  dispose(): void;
}

/** The functions of the models, each compiled when it is first needed. */
function compiledFunctions(models: readonly SampledModel[]): CompiledFunctions {
  const present = (): DecodedModel[] =>
    models.map(({ policy, share }) => ({ config: policy.config, weights: readWeights(policy), share }));
  const prefills = new Map<string, Compiled<[PrefillInputs], Caches>>();
  const places = new Map<string, Compiled<[PlaceInputs], tf.Tensor>>();
  const segments = new Map<string, Compiled<[SegmentInputs], Segment>>();
  return {
    prefill: (options, rows) => {
      const { mode: _, ...settings } = compileSettings(options, rows);
      // Large products: as `compile` chooses. A loop of small ones is XLA's.
      return remembered(prefills, settings, () =>
        compile((inputs: PrefillInputs) => prefill(present(), inputs), { name: 'prefill', ...settings }),
      );
    },
    decoding: (options, rows) => {
      const settings = compileSettings(options, rows);
      const drawing = segmentSettings(options);
      return {
        place: (length) =>
          remembered(places, [length, settings], () =>
            compile((inputs: PlaceInputs) => placeRows(inputs, length), { name: 'place', ...settings }),
          ),
        segment: remembered(segments, [drawing, settings], () =>
          compile((inputs: SegmentInputs) => decodeSegment(present(), inputs, drawing), {
            name: 'decode',
            ...settings,
          }),
        ),
      };
    },
    dispose: () => {
      for (const known of [prefills, places, segments]) {
        for (const fn of known.values()) fn.dispose();
        known.clear();
      }
    },
  };
}

function compileSettings({ bf16 = false }: GenerateOptions, rows: number) {
  return {
    mode: 'xla' as const,
    bf16,
    concurrent: true,
    memoryAdvice: `Lower the batch size (sampling.batchSize), now ${rows}.`,
  };
}

function segmentSettings(options: GenerateOptions): SegmentSettings {
  const { temperature, padToken, topK, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const stopTokens = [...new Set([options.endToken, ...(options.stopTokens ?? [])])].sort((a, b) => a - b);
  return { temperature, padToken, topP, minP, repetitionPenalty, stopTokens, ...(topK === undefined ? {} : { topK }) };
}

function remembered<F>(known: Map<string, F>, key: unknown, make: () => F): F {
  const name = JSON.stringify(key);
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}
