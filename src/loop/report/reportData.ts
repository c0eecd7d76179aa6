import type { JsonObject } from '../manifest.ts';

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
  /** Wins over the base policy on held-out prompts by the hidden rule of the world, ties counted one half. */
  winRate?: Interval;
  /** The same for a control run that was trained on permuted judge labels. */
  controlWinRate?: Interval;
  /** Wins over the base policy as the judge sees them; the only win rate when there is no hidden rule. */
  judgeWinRate?: Interval;
  /** Share of held-out comparisons in which the judge is right, in [0, 1]; for a judge that changes between rounds. */
  judgeAccuracy?: number;
  /** KL divergence from the base policy, nats per answer. */
  klToBase?: number;
  /** Mean length of the answers, tokens. */
  answerTokens?: number;
  /** Pairs trained on. */
  pairs?: number;
}

/** One update step. */
export interface ReportStep {
  /** Counted over the whole run. */
  step: number;
  round: number;
  loss: number;
  /** Mean implicit reward of the chosen answers minus that of the rejected ones, nats. */
  rewardMargin?: number;
  /** Share of pairs whose chosen answer has the higher implicit reward, in [0, 1]. */
  rewardAccuracy?: number;
}

/** One prompt with its answers by the base policy and by the final one. */
export interface ReportExample {
  prompt: string;
  before: string;
  after: string;
}

/** All that `report.html` shows. No clock, host or path of the output goes in: equal runs give equal reports. */
export interface ReportData {
  title: string;
  /** One or two sentences under the title. */
  summary?: string;
  /** The resolved recipe, shown as a table of dotted keys. */
  settings: JsonObject;
  judge?: { name: string; heldOutAccuracy?: number };
  rounds: readonly ReportRound[];
  steps: readonly ReportStep[];
  examples: readonly ReportExample[];
  /** What the reader must know besides: dropped prompts, failed judgments. */
  notes: readonly string[];
}
