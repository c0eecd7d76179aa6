import { writeArrowFile, type JudgmentRow, type ScoreRow } from '../../../datasets/index.ts';
import {
  hindsightReport,
  refuseManyFailures,
  soundVerdict,
  type HindsightReport,
  type Judge,
  type JudgeOptions,
  type JudgmentCost,
  type Score,
  type ScoringJudge,
  type Verdict,
} from '../../judges/index.ts';
import { errorCounts } from '../../judges/errorCounts.ts';
import { soundScore } from '../../judges/soundScore.ts';
import { sumCosts } from '../../judges/sumCosts.ts';
import type { Session } from '../command.ts';
import type { JudgedItems } from './judgedItems.ts';

/** What a judge did. */
export interface JudgingSummary {
  judge: string;
  out: string;
  /** Table of scores; null for a judge that gives none. */
  scores: string | null;
  comparisons: number;
  ties: number;
  failed: number;
  /** Answers without a score, of a judge that scores. */
  unscored: number;
  /** What went wrong, and how often. */
  errors: Record<string, number>;
  /** Prompts with a single answer, which was compared with none. */
  alone: number;
  /** Of a judge in hindsight, beside what it says at once; null of others. */
  hindsight: HindsightReport | null;
  seconds: number;
  cost: JudgmentCost;
}

export interface JudgeItemsOptions {
  out: string;
  scoresPath: string;
  /** Largest share of comparisons that may fail. */
  'max-failed': number;
  /** The judge without hindsight, of one that has it. */
  immediate?: Judge | undefined;
}

/**
 * Asks a judge, and writes the tables `judgments` and, of a judge that scores, `scores`, from which its verdicts then follow.
 *
 * @throws {UserError} when more comparisons failed than may; then nothing is written
 */
export async function judgeItems(
  judge: Judge | ScoringJudge,
  { comparisons, answers, alone }: JudgedItems,
  { out, scoresPath, 'max-failed': maxFailed, immediate }: JudgeItemsOptions,
  session: Session,
): Promise<JudgingSummary> {
  const start = performance.now();
  const asking = (what: string): JudgeOptions => ({
    signal: session.io.interruptSignal(),
    onProgress: (done: number, total: number): void => session.status.update(`${what}: ${done} of ${total} questions`),
  });
  const scores = 'score' in judge ? (await judge.score(answers, asking('Scoring'))).map(soundScore) : null;
  const verdicts =
    scores && 'score' in judge
      ? preferences(judge, comparisons, answers, scores)
      : (await judge.compare(comparisons, asking('Judging'))).map(soundVerdict);
  const atOnce = immediate ? await immediate.compare(comparisons, asking('Judging without hindsight')) : null;
  const seconds = (performance.now() - start) / 1000;
  session.status.clear();
  refuseManyFailures(verdicts, { maxFailed, option: '--max-failed' });
  const judgments = comparisons.map(({ row }, i): JudgmentRow => {
    const { pFirst, error, raw } = verdicts[i]!;
    // An error beside a probability leaves none: it is no tie and no loss.
    const p = error === undefined ? (pFirst ?? null) : null;
    return { ...row, p_i_beats_j: p, error: error ?? null, judge_id: judge.id, raw: raw ?? null };
  });
  const scoreRows = scores?.map(({ score, error }, i): ScoreRow => ({
    ...answers[i]!.row,
    score: error === undefined ? score! : null,
    error: error ?? null,
    judge_id: judge.id,
  }));
  if (scoreRows) await writeArrowFile(scoresPath, 'scores', scoreRows);
  await writeArrowFile(out, 'judgments', judgments);
  return {
    judge: judge.id,
    out,
    scores: scoreRows ? scoresPath : null,
    comparisons: judgments.length,
    ties: judgments.filter(({ p_i_beats_j }) => p_i_beats_j === 0.5).length,
    failed: judgments.filter(({ error }) => error !== null).length,
    unscored: scoreRows?.filter(({ score }) => score === null).length ?? 0,
    errors: errorCounts(judgments),
    alone: alone.length,
    hindsight: atOnce ? hindsightReport(atOnce, verdicts) : null,
    seconds,
    cost: sumCosts([...(scores ?? verdicts), ...(atOnce ?? [])].flatMap(({ cost }) => cost ?? [])),
  };
}

/** What the scores of the answers say of the comparisons. */
function preferences(
  judge: ScoringJudge,
  comparisons: JudgedItems['comparisons'],
  answers: JudgedItems['answers'],
  scores: readonly Score[],
): Verdict[] {
  const known = new Map(answers.map(({ row }, i) => [answerName(row.prompt_id, row.k), scores[i]!]));
  return comparisons.map(({ row: { prompt_id, i, j } }) =>
    judge.prefer(known.get(answerName(prompt_id, i))!, known.get(answerName(prompt_id, j))!),
  );
}

function answerName(promptId: string, k: number): string {
  return JSON.stringify([promptId, k]);
}
