import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';

import {
  readArrowTable,
  writeArrowFile,
  type LogpRow,
  type TokenizedPair,
  type TokenizedSample,
} from '../../datasets/index.ts';
import type { ScoredSequence, SequenceScorer } from './sequenceScorer.ts';

/** Summed log-probabilities of pairs under a model, nats, by the pair's position. */
export interface ReferenceLogps {
  chosen: Float64Array;
  /** Empty for single responses, which count as chosen. */
  rejected: Float64Array;
}

export interface ReferenceLogpsOptions {
  pairs: readonly TokenizedPair[] | readonly TokenizedSample[];
  /** Scores under the reference. */
  scorer: Pick<SequenceScorer, 'score'>;
  /** Names the reference's weights (`hashWeights`), and the precision where it is not always the same. */
  modelHash: string;
  /** Arrow file of the table `logps`, which is read, and written when something was missing. Default: nothing is kept. */
  path?: string | undefined;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

const SIDES = ['chosen', 'rejected'] as const;

/**
 * Log-probabilities under a reference, computed once: a file keeps them for other losses, runs and rounds. Rows of other
 * models stay in it. A row counts only for the very tokens that it was computed from.
 *
 * @throws {UserError} when the file is damaged
 * @throws {RangeError} when a pair has no prompt, or is longer than the reference's context
 */
export async function referenceLogps(options: ReferenceLogpsOptions): Promise<ReferenceLogps> {
  const { pairs, scorer, modelHash, path, signal, onProgress } = options;
  const known = path !== undefined && existsSync(path) ? (await readArrowTable(path, 'logps')).rows : [];
  const found = new Map(known.map((row) => [keyOf(row.model_hash, row.side, tokensHashOf(row)), row.sum]));
  const wanted = pairs.flatMap((example) => {
    const completions = 'chosenIds' in example ? [example.chosenIds, example.rejectedIds] : [example.completionIds];
    return completions.map((completionIds, i) => {
      const side = SIDES[i]!;
      const sequence = { promptIds: example.promptIds, completionIds };
      const tokensHash = hashTokens(sequence);
      return { id: example.id, side, sequence, tokensHash, key: keyOf(modelHash, side, tokensHash) };
    });
  });
  const missing = wanted.filter(({ key }) => !found.has(key));
  if (missing.length > 0) {
    const sums = await scorer.score(
      missing.map(({ sequence }) => sequence),
      { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) },
    );
    const rows = missing.map(({ id, side, sequence, tokensHash }, i) => ({
      pair_id: id,
      side,
      model_hash: modelHash,
      sum: sums[i]!,
      count: sequence.completionIds.length,
      tokens_hash: tokensHash,
    }));
    missing.forEach(({ key }, i) => found.set(key, sums[i]!));
    if (path !== undefined) await writeArrowFile(path, 'logps', [...known, ...rows]);
  }
  const side = (name: (typeof SIDES)[number]): Float64Array =>
    Float64Array.from(
      wanted.filter((row) => row.side === name),
      ({ key }) => found.get(key)!,
    );
  return { chosen: side('chosen'), rejected: side('rejected') };
}

/** Absent in files that other tools wrote, whose rows are then not used. */
function tokensHashOf(row: LogpRow & { tokens_hash?: unknown }): string {
  return typeof row.tokens_hash === 'string' ? row.tokens_hash : '';
}

const keyOf = (modelHash: string, side: string, tokensHash: string): string => `${modelHash} ${side} ${tokensHash}`;

function hashTokens({ promptIds, completionIds }: ScoredSequence): string {
  const ids = Int32Array.from([promptIds.length, ...promptIds, ...completionIds]);
  return createHash('sha256').update(new Uint8Array(ids.buffer)).digest('hex').slice(0, 16);
}
