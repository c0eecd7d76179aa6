import type { JudgmentRow, PairRow, SampleRow } from '../../../datasets/index.ts';
import { preferenceMatrix, type PreferenceMatrix } from '../../judges/aggregate/preferenceMatrix.ts';
import { winRates } from '../../judges/aggregate/winRates.ts';
import { groupByPrompt } from '../groupByPrompt.ts';
import type { JudgedPrompt, JudgedRound } from './reportData.ts';
import { withinCharacters } from './withinCharacters.ts';

export interface JudgedTables {
  judgments: readonly JudgmentRow[];
  samples: readonly SampleRow[];
  pairs: readonly PairRow[];
  /** Text of each prompt by its id. */
  prompts: ReadonlyMap<string, string>;
}

/**
 * A round's judgments by prompt, answers ordered from best to worst, and their mean by rank.
 *
 * @param characters of prompts and answers to show
 */
export function judgedRound(round: number, tables: JudgedTables, characters: number): JudgedRound {
  const answers = groupByPrompt(tables.samples);
  const roles = new Map<string | null, 'chosen' | 'rejected'>();
  for (const { chosen_sample_id, rejected_sample_id } of tables.pairs) {
    roles.set(chosen_sample_id, 'chosen').set(rejected_sample_id, 'rejected');
  }
  const judged = [...groupByPrompt(tables.judgments)].map(([id, judgments]): JudgedPrompt => {
    const { order, rates, matrix } = ranked(judgments);
    const byK = new Map((answers.get(id) ?? []).map((row) => [row.k, row]));
    return {
      prompt: tables.prompts.get(id) ?? id,
      matrix,
      answers: order.map((k) => {
        const row = byK.get(k);
        const role = row && roles.get(row.id);
        return { text: row?.text ?? `answer ${k}`, winRate: rates[k]!, ...(role && { role }) };
      }),
    };
  });
  return {
    round,
    byRank: meanByRank(judged.map(({ matrix }) => matrix)),
    total: judged.length,
    failed: tables.judgments.filter(({ p_i_beats_j: p }) => (p ?? null) === null).length,
    prompts: withinCharacters(judged, characters, ({ prompt, answers }) => [
      prompt,
      ...answers.map(({ text }) => text),
    ]),
  };
}

interface Ranked {
  /** Numbers of the answers, best first. */
  order: number[];
  /** Win rates by the answers' numbers. */
  rates: (number | null)[];
  /** Preferences in the order of rank. */
  matrix: (number | null)[][];
}

function ranked(judgments: readonly JudgmentRow[]): Ranked {
  const size = 1 + judgments.reduce((most, { i, j }) => Math.max(most, i, j), 0);
  const verdicts = judgments.map(({ i, j, p_i_beats_j: p }) => ({ i, j, pFirst: p ?? undefined }));
  const matrix = preferenceMatrix(size, verdicts);
  const rates = winRates(matrix);
  const order = rates.map((_, k) => k).sort((a, b) => (rates[b] ?? -1) - (rates[a] ?? -1));
  return { order, rates, matrix: order.map((a) => order.map((b) => matrix[a]![b]!)) };
}

function meanByRank(matrices: readonly PreferenceMatrix[]): (number | null)[][] {
  const size = matrices.reduce((most, matrix) => Math.max(most, matrix.length), 0);
  return Array.from({ length: size }, (_, r) =>
    Array.from({ length: size }, (__, s) => {
      const known = matrices.flatMap((matrix) => matrix[r]?.[s] ?? []);
      return known.length === 0 ? null : known.reduce((sum, p) => sum + p, 0) / known.length;
    }),
  );
}
