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

/** Sequences scored between two looks at whether the file is written. */
const PART = 8192;
/** The file is written when it has grown to this many times what it was: writing it all again after each part would be quadratic. */
const GROWTH = 9 / 8;

const SIDES = ['chosen', 'rejected'] as const;

/**
 * Log-probabilities under a reference, computed once: a file keeps them for other losses, runs and rounds. Rows of other
 * models stay in it. A row counts only for the very tokens that it was computed from. When it stops, what was scored is kept
 * but for the 8,192 sequences under way, and where the process is killed, for the last eighth. A sequence that several pairs share has one row,
 * with the id of one of them.
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
  // Each once, and cut into the same parts however many are known: a run that was stopped then scores as one that was not.
  const first = new Map<string, (typeof wanted)[number]>();
  for (const row of wanted) if (!first.has(row.key)) first.set(row.key, row);
  const unique = [...first.values()];
  const rows: LogpRow[] = [...known];
  let written = rows.length;
  const keep = async (): Promise<void> => {
    if (path === undefined || rows.length === written) return;
    await writeArrowFile(path, 'logps', rows);
    written = rows.length;
  };
  try {
    for (let start = 0; start < unique.length; start += PART) {
      const all = unique.slice(start, start + PART);
      const part = all.filter(({ key }) => !found.has(key));
      if (part.length === 0) continue;
      const before = start + all.length - part.length;
      const sums = await scorer.score(
        part.map(({ sequence }) => sequence),
        {
          ...(signal ? { signal } : {}),
          ...(onProgress ? { onProgress: (done: number) => onProgress(before + done, unique.length) } : {}),
        },
      );
      for (const [i, { id, side, sequence, tokensHash, key }] of part.entries()) {
        const count = sequence.completionIds.length;
        const row = { pair_id: id, side, model_hash: modelHash, sum: sums[i]!, count, tokens_hash: tokensHash };
        rows.push(row);
        found.set(key, row.sum);
      }
      if (rows.length >= GROWTH * written) await keep();
    }
    await keep();
  } catch (error) {
    // What went wrong first is told, also where the disk then refuses the file.
    await keep().catch(() => undefined);
    throw error;
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
