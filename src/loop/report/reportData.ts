import type { PreferenceMatrix } from '../../judges/aggregate/preferenceMatrix.ts';
import type { JsonObject } from '../manifest.ts';
import type { MetricsRow } from '../metricsLog.ts';

/** A proportion in [0, 1] with its 95% interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** What was measured after one round. What a run does not measure is left out, and so is its curve. */
export interface ReportRound {
  /** Counted from 1; 0 is the base policy before any update. */
  round: number;
  /** Wins over the base policy by a hidden rule that neither judge nor policy sees, ties counted one half. */
  winRate?: Interval;
  /** The same for a control run that was trained on permuted judge labels. */
  controlWinRate?: Interval;
  /** Wins over the base policy as the judge sees them; the only win rate when there is no hidden rule. */
  judgeWinRate?: Interval;
  /** Wins over the policy of the round before as the judge sees them. */
  winRateOverPrevious?: Interval;
  /** Everything else by its name in the log: `klToBase`, `answerTokens`, `entropy`. */
  values: Readonly<Record<string, number>>;
}

/** What a recipe says of its run besides what it logs; kept as `report.json`. */
export interface ReportDetails {
  title: string;
  /** One or two sentences under the title. */
  summary?: string | undefined;
  judge?: { name: string; heldOutAccuracy?: number | undefined } | undefined;
}

/** A held-out prompt with its answers: one by the base policy, then one for each of `AnswersShown.rounds`. */
export interface PromptAnswers {
  prompt: string;
  /** Null where that policy did not answer this prompt. */
  answers: readonly (string | null)[];
}

export interface AnswersShown {
  rounds: readonly number[];
  /** Prompts there are; those of `prompts` are the first ones, as many as a page can hold. */
  total: number;
  prompts: readonly PromptAnswers[];
}

/** The answers to a prompt, from the best to the worst by their mean win rate. */
export interface JudgedPrompt {
  prompt: string;
  answers: readonly { text: string; winRate: number | null; role?: 'chosen' | 'rejected' }[];
  matrix: PreferenceMatrix;
}

/** What the judge said in one round. */
export interface JudgedRound {
  round: number;
  /** Entry [r][s] is the mean probability that the answer of rank r beats that of rank s to the same prompt. */
  byRank: PreferenceMatrix;
  total: number;
  failed: number;
  prompts: readonly JudgedPrompt[];
}

/** All that `report.html` shows. No clock, host or path of the output goes in: equal runs give equal reports. */
export interface ReportData extends ReportDetails {
  /** The run's manifest. */
  run: JsonObject;
  rounds: readonly ReportRound[];
  /** What each round was: where it started, what its reference was, which prompts it took. */
  played: readonly JsonObject[];
  /** What was measured before the first round, by stage and name. */
  before: Readonly<Record<string, number>>;
  /** Update steps and evaluations between them, in order. */
  steps: readonly MetricsRow[];
  answers?: AnswersShown;
  judged: readonly JudgedRound[];
  /** Win rates among the base (row 0) and the policies of the rounds. */
  iterates?: PreferenceMatrix;
  /** What goes wrong, by the monitors. */
  alarms: readonly string[];
  /** What an unfinished run lacks. */
  missing: readonly string[];
  /** What the reader must know besides: dropped prompts, failed judgments. */
  notes: readonly string[];
  /** Seconds and memory by stage; empty in the report that a run writes itself, whose bytes are those of an equal run. */
  timings: readonly MetricsRow[];
}
