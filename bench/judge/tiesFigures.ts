import { groupBy } from './groupBy.ts';
import type { LabelledPair } from './judgedPair.ts';
import type { ScoredPairs } from './scorePairs.ts';
import { tiesScore, type ScoredPrompt } from './tiesScore.ts';

export interface TiesFigures {
  /** Prompts that have scores of all answers, both with many right ones and with a single one. */
  prompts: number;
  /** Prompts of which an answer has no score. */
  failed: number;
  /** RewardBench 2's score; null when no prompt is left. */
  score: number | null;
}

/** RewardBench 2's name of the subset. */
const TIES = 'Ties';

/**
 * RewardBench 2's Ties from the scores of its answers. Its rows come in twos, with the ids `tied:<prompt>` and
 * `ref:<prompt>`; a row of which the other one is missing does not count.
 *
 * @returns null for data without such rows
 */
export function tiesFigures(pairs: readonly LabelledPair[], scoreOf: ScoredPairs['scoreOf']): TiesFigures | null {
  const rows = groupBy(
    pairs.filter(({ subset, id }) => subset === TIES && ROW_ID.test(id)),
    ({ id }) => rowIdOf(id),
  );
  const prompts = [...rows].flatMap(([id, tied]) => {
    const reference = rows.get(id.replace(/^tied:/, 'ref:'));
    return id.startsWith('tied:') && reference
      ? [{ tied: scored(tied, scoreOf), reference: scored(reference, scoreOf) }]
      : [];
  });
  if (prompts.length === 0) return null;
  const known = prompts.flatMap(({ tied, reference }) => (tied && reference ? [{ tied, reference }] : []));
  return {
    prompts: known.length,
    failed: prompts.length - known.length,
    score: known.length > 0 ? tiesScore(known) : null,
  };
}

/** The pairs of a row are numbered behind a slash where it has several. */
const ROW_ID = /^((?:tied|ref):[^/]+)(?:\/\d+)?$/;

function rowIdOf(id: string): string {
  return ROW_ID.exec(id)![1]!;
}

function scored(pairs: readonly LabelledPair[], scoreOf: ScoredPairs['scoreOf']): ScoredPrompt | null {
  const [right, wrong] = (['chosen', 'rejected'] as const).map((side) =>
    pairs.flatMap((pair) => {
      const { score, error } = scoreOf(pair, side);
      return error === undefined ? [score!] : [];
    }),
  );
  if (right!.length < pairs.length || wrong!.length < pairs.length) return null;
  return { right: right!, wrong: wrong! };
}
