import { writeArrowFile, type JudgmentRow, type ScoreRow } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import {
  soundVerdict,
  type Judge,
  type JudgeOptions,
  type JudgmentCost,
  type ScoringJudge,
} from '../../judges/index.ts';
import { sumCosts } from '../../judges/sumCosts.ts';
import type { Session } from '../command.ts';
import { errorLines } from './errorLines.ts';
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
  seconds: number;
  cost: JudgmentCost;
}

/**
 * Asks a judge, and writes the tables `judgments` and, of a judge that scores, `scores`.
 *
 * @throws {UserError} when every comparison failed; then nothing is written
 */
export async function judgeItems(
  judge: Judge | ScoringJudge,
  { comparisons, answers, alone }: JudgedItems,
  { out, scoresPath }: { out: string; scoresPath: string },
  session: Session,
): Promise<JudgingSummary> {
  const start = performance.now();
  const asking = (what: string): JudgeOptions => ({
    signal: session.io.interruptSignal(),
    onProgress: (done: number, total: number): void => session.status.update(`${what}: ${done} of ${total} questions`),
  });
  const scores = 'score' in judge ? await judge.score(answers, asking('Scoring')) : [];
  const verdicts = (await judge.compare(comparisons, asking('Judging'))).map(soundVerdict);
  const seconds = (performance.now() - start) / 1000;
  const judgments = comparisons.map(({ row }, i): JudgmentRow => {
    const { pFirst, error, raw } = verdicts[i]!;
    // An error beside a probability leaves none: it is no tie and no loss.
    const p = error === undefined ? (pFirst ?? null) : null;
    return { ...row, p_i_beats_j: p, error: error ?? null, judge_id: judge.id, raw: raw ?? null };
  });
  const scoreRows = scores.map(({ score, error }, i): ScoreRow => {
    const known = error === undefined && Number.isFinite(score);
    return {
      ...answers[i]!.row,
      score: known ? score! : null,
      error: known ? null : (error ?? `the judge gave ${score} for a score`),
      judge_id: judge.id,
    };
  });
  const errors: Record<string, number> = {};
  for (const { error } of judgments) if (error !== null) errors[error] = (errors[error] ?? 0) + 1;
  const failed = judgments.filter(({ error }) => error !== null).length;
  session.status.clear();
  refuseAllFailed(failed, judgments.length, errors);
  if ('score' in judge) await writeArrowFile(scoresPath, 'scores', scoreRows);
  await writeArrowFile(out, 'judgments', judgments);
  return {
    judge: judge.id,
    out,
    scores: 'score' in judge ? scoresPath : null,
    comparisons: judgments.length,
    ties: judgments.filter(({ p_i_beats_j }) => p_i_beats_j === 0.5).length,
    failed,
    unscored: scoreRows.filter(({ score }) => score === null).length,
    errors,
    alone: alone.length,
    seconds,
    cost: sumCosts([...scores, ...verdicts].flatMap(({ cost }) => cost ?? [])),
  };
}

function refuseAllFailed(failed: number, total: number, errors: Readonly<Record<string, number>>): void {
  if (failed < total) return;
  throw new UserError(
    'judge.allFailed',
    `The judge failed on all ${total} comparisons:\n${errorLines(errors)}\nNothing was written. Mend the judge or the data.`,
  );
}
