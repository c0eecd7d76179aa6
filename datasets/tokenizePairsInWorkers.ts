import type { TokenizedPair } from './pairBatches.ts';
import { encodePairsInWorkers, type WorkerOptions } from './encodePairsInWorkers.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import { checkPairOptions, fitPairs, type TokenizedPairs, type TokenizePairsOptions } from './tokenizePairs.ts';
import { checkCount } from './transforms/checkOption.ts';
import type { Rows } from './transforms/rowStream.ts';

/**
 * The same as `tokenizePairs`, to the same tokens and errors, on several cores; it takes pairs that arrive one by one as well.
 * The workers load the tokenizer from its folder once more, which pays from a few thousand pairs on.
 *
 * @throws {UserError} as `tokenizePairs` does
 * @throws {RangeError} as `tokenizePairs` does, and when `workers` or `batchPairs` is no whole number above 0
 * @throws whatever reason `signal` aborts with
 * @example const { kept } = await tokenizePairsInWorkers(tokenizer, pairs, { maxLength: 1024, longPairs: 'drop' });
 */
export async function tokenizePairsInWorkers(
  tokenizer: Tokenizer,
  pairs: Rows<PreferencePair>,
  options: TokenizePairsOptions & WorkerOptions,
): Promise<TokenizedPairs> {
  const { workers, batchPairs, format = 'chat' } = options;
  checkPairOptions(tokenizer, options);
  if (workers !== undefined) checkCount('tokenizePairsInWorkers', 'workers', workers, 1);
  if (batchPairs !== undefined) checkCount('tokenizePairsInWorkers', 'batchPairs', batchPairs, 1);
  const tokenized: TokenizedPair[] = [];
  const faults: string[] = [];
  for await (const batch of encodePairsInWorkers(tokenizer, pairs, { ...options, format })) {
    for (const pair of batch.tokenized) tokenized.push(pair);
    faults.push(...batch.faults);
  }
  return fitPairs(tokenizer, tokenized.length, { tokenized, faults }, options);
}
