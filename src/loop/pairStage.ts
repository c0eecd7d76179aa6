import { randomStream } from '../base/seed.ts';
import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, PairRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';

export interface PairStageOptions {
  prompts: readonly PromptRow[];
  samples: readonly SampleRow[];
  judgments: readonly JudgmentRow[];
  /** Deal the judge's results to the wrong answers: the control that shows that the judge makes the difference. */
  permuteLabels?: boolean;
}

/**
 * Picks the best and the worst answer to each prompt by mean win probability over all K answers, itself included at one
 * half, as SPPO estimates P(y beats the policy) (Wu et al. 2024, arXiv:2405.00675, section 4).
 *
 * Prompts whose best and worst answers are the same text, or were never judged, give no pair; they are counted in the
 * notes.
 */
export async function pairStage(loop: Loop, round: number, options: PairStageOptions): Promise<PairRow[]> {
  const path = loop.run.stagePath(round, 'pairs.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'pairs');
  const messages = new Map(options.prompts.map((prompt) => [prompt.id, prompt.messages]));
  const judged = groupByPrompt(options.judgments);
  const pairs: PairRow[] = [];
  for (const [promptId, answers] of groupByPrompt(options.samples)) {
    const random = randomStream(loop.seed, 'permute', round, promptId);
    const order = options.permuteLabels ? random.shuffle(answers.map((_, i) => i)) : answers.map((_, i) => i);
    const matrix = preferenceMatrix(answers.length, judged.get(promptId) ?? []);
    const rates = winRates(matrix).map((_, i, all) => all[order[i]!]!);
    const best = rates.indexOf(Math.max(...rates));
    const worst = rates.indexOf(Math.min(...rates));
    const chosen = answers[best]!;
    const rejected = answers[worst]!;
    if (chosen.text === rejected.text) continue;
    pairs.push({
      id: `${promptId}/${round}`,
      prompt_id: promptId,
      prompt: messages.get(promptId)!,
      chosen: chosen.text,
      rejected: rejected.text,
      chosen_sample_id: chosen.id,
      rejected_sample_id: rejected.id,
      p_chosen: rates[best]!,
      p_rejected: rates[worst]!,
      p_chosen_beats_rejected: matrix[order[best]!]![order[worst]!] ?? 0.5,
      weight: 1,
      round,
      provenance: options.permuteLabels ? 'best and worst, labels permuted' : 'best and worst',
    });
  }
  await writeArrowFile(path, 'pairs', pairs);
  return pairs;
}

/** P[i][j] = probability that answer i beats answer j; one half on the diagonal, null where the judge failed. */
export function preferenceMatrix(size: number, judgments: readonly JudgmentRow[]): (number | null)[][] {
  const matrix: (number | null)[][] = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (i === j ? 0.5 : null)),
  );
  for (const { i, j, p_i_beats_j: p } of judgments) {
    matrix[i]![j] = p;
    matrix[j]![i] = p === null ? null : 1 - p;
  }
  return matrix;
}

/** Mean of each row over the entries that are known. */
export function winRates(matrix: readonly (readonly (number | null)[])[]): number[] {
  return matrix.map((row) => {
    const known = row.filter((p) => p !== null);
    return known.reduce((a, b) => a + b, 0) / known.length;
  });
}
