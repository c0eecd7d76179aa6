import { UserError } from '../src/base/userError.ts';
import {
  loadTokenizer,
  localFolder,
  promptFormat,
  readPairs,
  tokenizePairs,
  type ReadPairsOptions,
  type ResolveHubOptions,
  type TokenizedPair,
  type Tokenizer,
} from 'nashtune/datasets';
import { createPolicy, loadPolicy, readDecoderConfig, type LoadPolicyOptions, type Policy } from 'nashtune/models';

import { randomStream } from '../src/base/seed.ts';
import { randomTokens, type TrainTerms } from './terms.ts';

/** What a training benchmark trains: a batch of pairs for each step, in their order. */
export interface TrainJob {
  /** Folder of the model, or what it is. */
  model: string;
  /** Folder of the model on this machine; null for random weights. */
  folder: string | null;
  /** Loads or makes the policy, once the engine runs. */
  openPolicy(options?: LoadPolicyOptions): Promise<Policy>;
  pairs: readonly TokenizedPair[];
  /** Pairs that were read before those and are longer than `maxLength`, by id. */
  dropped: readonly string[];
  batchSize: number;
  /** Longest sequence, prompt and answer, in tokens. */
  maxLength: number;
  padToken: number;
}

export interface ReadTrainJobOptions {
  /** Folder in Hugging Face layout, or hub:owner/name. */
  model: string;
  /** File of pairs in any format that `readPairs` reads. */
  pairs: string;
  batchSize: number;
  /** Longest sequence; the model's context where that is shorter. Longer pairs are left out and counted. */
  maxLength: number;
  steps: number;
  /** How the file is read. */
  reading?: Pick<ReadPairsOptions, 'adapter' | 'skipBad'> | undefined;
  /** How a model of the Hub is fetched. */
  fetching?: ResolveHubOptions | undefined;
}

/**
 * Takes the first pairs of a file that are short enough, as many as the steps need.
 *
 * @throws {UserError} when model or file cannot be read, or the file has too few pairs
 */
export async function readTrainJob(options: ReadTrainJobOptions): Promise<TrainJob> {
  const { model, batchSize, steps } = options;
  const folder = await localFolder(model, options.fetching);
  const { contextLength } = await readDecoderConfig(folder);
  const maxLength = Math.min(options.maxLength, contextLength);
  const tokenizer = await loadTokenizer(folder);
  const wanted = steps * batchSize;
  const { kept, dropped } = await firstPairs(tokenizer, options, { wanted, maxLength });
  if (kept.length < wanted) throw tooFew(options, kept.length, dropped.length, maxLength);
  return {
    model,
    folder,
    openPolicy: (loading) => loadPolicy(folder, loading),
    pairs: kept,
    dropped: dropped.map(({ id }) => id),
    batchSize,
    maxLength,
    padToken: tokenizer.padTokenId ?? 0,
  };
}

interface FirstPairs {
  kept: TokenizedPair[];
  dropped: TokenizedPair[];
}

/** Reads and tokenizes no more of a long file than is needed. */
async function firstPairs(
  tokenizer: Tokenizer,
  { pairs: file, reading }: ReadTrainJobOptions,
  { wanted, maxLength }: { wanted: number; maxLength: number },
): Promise<FirstPairs> {
  const format = await promptFormat(file, reading?.adapter);
  const found: FirstPairs = { kept: [], dropped: [] };
  let taken = 0;
  for (let limit = 2 * wanted; found.kept.length < wanted; limit *= 2) {
    const { pairs, rows } = await readPairs(file, { ...reading, limit });
    // Long ones are left out here: tokenizePairs refuses a file of nothing but them.
    const options = { maxLength: Number.MAX_SAFE_INTEGER, longPairs: 'drop', format } as const;
    while (taken < pairs.length && found.kept.length < wanted) {
      const next = pairs.slice(taken, taken + wanted - found.kept.length);
      taken += next.length;
      for (const pair of tokenizePairs(tokenizer, next, options).kept) {
        const length = pair.promptIds.length + Math.max(pair.chosenIds.length, pair.rejectedIds.length);
        (length <= maxLength ? found.kept : found.dropped).push(pair);
      }
    }
    if (rows < limit) break;
  }
  return found;
}

function tooFew(
  { pairs, steps, batchSize }: ReadTrainJobOptions,
  kept: number,
  dropped: number,
  maxLength: number,
): UserError {
  const possible = Math.floor(kept / batchSize);
  const advice = possible > 0 ? `Lower --steps to ${possible}, or` : 'Lower --batch-size, raise --max-length, or';
  return new UserError(
    'bench.tooFewPairs',
    `${pairs}: expected ${steps * batchSize} pairs for ${steps} steps of ${batchSize}, found ${kept} of at most ` +
      `${maxLength} tokens and ${dropped} longer ones. ${advice} give a file with more pairs.`,
  );
}

/** A job with random weights and random full sequences, all but the first token of each an answer. */
export function randomTrainJob(terms: TrainTerms, { steps, seed }: { steps: number; seed: number }): TrainJob {
  const { model, pairs: batchSize, length } = terms;
  const random = randomStream(seed, 'bench', 'train');
  const pairs = Array.from({ length: steps * batchSize }, (_, i) => ({
    id: `pair ${i}`,
    promptIds: randomTokens(model, 1, random),
    chosenIds: randomTokens(model, length - 1, random),
    rejectedIds: randomTokens(model, length - 1, random),
  }));
  return {
    model: 'random weights',
    folder: null,
    openPolicy: async () => createPolicy(model, seed),
    pairs,
    dropped: [],
    batchSize,
    maxLength: length,
    padToken: 0,
  };
}
