import { randomStream } from '../base/seed.ts';
import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, PairRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import {
  preferenceMatrix,
  rankerMatrix,
  selectPairs,
  tournament,
  type PreferenceMatrix,
  type SelectedPair,
  type SelectPairsOptions,
} from '../judges/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';

export interface PairStageOptions extends Omit<SelectPairsOptions, 'rule'> {
  prompts: readonly PromptRow[];
  samples: readonly SampleRow[];
  judgments: readonly JudgmentRow[];
  /** See `selectPairs`; `tournament` plays INPO's on judgments made by one. Default `max-min`. */
  rule?: SelectPairsOptions['rule'] | 'tournament';
  /** See `rankerMatrix`: `sppo-official` takes the labels as SPPO's published code does. Default `pairwise`. */
  mode?: 'pairwise' | 'sppo-official';
  /** Leave out pairs whose answers are equally good. Default false. */
  dropTies?: boolean;
  /** Deal the judge's results to the wrong answers: the control that shows that the judge makes the difference. */
  permuteLabels?: boolean;
}

/** Why prompts gave no pair. */
type Left = 'sameText' | 'notJudged' | 'filtered';

/**
 * Picks answers to train on, as a rule the best and the worst to each prompt by mean win probability over all K answers,
 * itself included at one half, as SPPO estimates P(y beats the policy) (Wu et al. 2024, arXiv:2405.00675, section 4).
 *
 * Prompts without a pair are counted in the metrics `pairs`: by equal texts, by the judge's failures, by the filters.
 */
export async function pairStage(loop: Loop, round: number, options: PairStageOptions): Promise<PairRow[]> {
  const path = loop.run.stagePath(round, 'pairs.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'pairs');
  const messages = new Map(options.prompts.map((prompt) => [prompt.id, prompt.messages]));
  const judged = groupByPrompt(options.judgments);
  const left: Record<Left, number> = { sameText: 0, notJudged: 0, filtered: 0 };
  const pairs: PairRow[] = [];
  for (const [promptId, answers] of groupByPrompt(options.samples)) {
    const order = dealtOrder(loop, round, promptId, answers.length, options);
    const matrix = matrixOf(answers.length, judged.get(promptId) ?? [], options.mode);
    const found = (await pick(matrix, options)).map((pair) => ({
      ...pair,
      chosen: answers[order[pair.chosen]!]!,
      rejected: answers[order[pair.rejected]!]!,
    }));
    const different = found.filter(({ chosen, rejected }) => chosen.text !== rejected.text);
    const kept = different.filter(({ pChosen, pRejected }) => !options.dropTies || pChosen > pRejected);
    if (kept.length === 0) left[reasonOf(matrix, answers, found.length > different.length)] += 1;
    for (const [n, pair] of kept.entries()) {
      pairs.push({
        id: kept.length === 1 ? `${promptId}/${round}` : `${promptId}/${round}/${n}`,
        prompt_id: promptId,
        prompt: messages.get(promptId)!,
        chosen: pair.chosen.text,
        rejected: pair.rejected.text,
        chosen_sample_id: pair.chosen.id,
        rejected_sample_id: pair.rejected.id,
        p_chosen: pair.pChosen,
        p_rejected: pair.pRejected,
        p_chosen_beats_rejected: pair.pChosenBeatsRejected ?? 0.5,
        weight: 1,
        round,
        provenance: provenanceOf(options),
      });
    }
  }
  // Before the file, whose existence says that the stage is done.
  await loop.measure(round, 'pairs', async () => ({ pairs: pairs.length, ...left }));
  await writeArrowFile(path, 'pairs', pairs);
  return pairs;
}

/** Position of the answer that gets the result of each. */
function dealtOrder(
  loop: Loop,
  round: number,
  promptId: string,
  size: number,
  { permuteLabels }: PairStageOptions,
): number[] {
  const order = Array.from({ length: size }, (_, i) => i);
  return permuteLabels ? randomStream(loop.seed, 'permute', round, promptId).shuffle(order) : order;
}

/** Probabilities that are certain have no logit. */
const CERTAIN = 1e-6;

function matrixOf(size: number, judgments: readonly JudgmentRow[], mode: PairStageOptions['mode']): PreferenceMatrix {
  const matrix = preferenceMatrix(
    size,
    judgments.map(({ i, j, p_i_beats_j: p }) => ({ i, j, pFirst: p ?? undefined })),
  );
  if (mode !== 'sppo-official') return matrix;
  const unknown = matrix.some((row) => row.includes(null));
  if (unknown) return matrix.map((row, i) => row.map((_, j) => (i === j ? 0.5 : null)));
  const logits = matrix.map((row) =>
    row.map((value) => {
      const p = Math.min(1 - CERTAIN, Math.max(CERTAIN, value!));
      return Math.log(p / (1 - p));
    }),
  );
  return rankerMatrix(logits, { mode });
}

async function pick(matrix: PreferenceMatrix, options: PairStageOptions): Promise<SelectedPair[]> {
  const { rule = 'max-min', self, minMargin, minChosen, mustBeat } = options;
  if (rule === 'tournament') return pickByTournament(matrix);
  return selectPairs(matrix, {
    rule,
    ...(self === undefined ? {} : { self }),
    ...(minMargin === undefined ? {} : { minMargin }),
    ...(minChosen === undefined ? {} : { minChosen }),
    ...(mustBeat === undefined ? {} : { mustBeat }),
  });
}

async function pickByTournament(matrix: PreferenceMatrix): Promise<SelectedPair[]> {
  const result = await tournament(matrix.length, (pairs) => pairs.map(([i, j]) => matrix[i]![j] ?? undefined));
  if (!result?.kept) return [];
  const { best, worst } = result;
  const p = matrix[best]![worst]!;
  return [{ chosen: best, rejected: worst, pChosen: p, pRejected: 1 - p, pChosenBeatsRejected: p }];
}

function reasonOf(matrix: PreferenceMatrix, answers: readonly SampleRow[], sameText: boolean): Left {
  if (sameText || answers.every(({ text }) => text === answers[0]!.text)) return 'sameText';
  const compared = matrix.some((row, i) => row.some((p, j) => i !== j && p !== null));
  return compared ? 'filtered' : 'notJudged';
}

const RULES = { 'max-min': 'best and worst', 'best-second': 'best and second best', ranked: 'ranked' } as const;

function provenanceOf({ rule = 'max-min', permuteLabels }: PairStageOptions): string {
  const name = rule === 'tournament' ? 'tournament' : RULES[rule];
  return permuteLabels ? `${name}, labels permuted` : name;
}
