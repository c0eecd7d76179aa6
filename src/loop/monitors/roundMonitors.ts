import type { JudgmentRow, SampleRow, ScoreRow } from '../../../datasets/index.ts';
import type { PreferenceMatrix } from '../../judges/aggregate/preferenceMatrix.ts';
import { answerEntropy } from './answerEntropy.ts';
import { balanceScore } from './balanceScore.ts';
import { collapseAlarm } from './collapseAlarm.ts';
import { correctAnswers, type CorrectAnswers } from './correctAnswers.ts';
import { cycleDetection, type CycleDetection } from './cycleDetection.ts';
import { distinctRatio } from './distinctRatio.ts';
import { judgeDrift } from './judgeDrift.ts';
import { lengthDrift } from './lengthDrift.ts';
import { passAtK } from './passAtK.ts';

/** Answers that are so many times longer or shorter than the base's are an alarm. */
const LENGTH_FACTOR = 2;

/** Share of verdicts that may be turned round against the frozen judge. */
const FLIPS = 0.2;

/** What a round has for its monitors; each one that has what it needs is computed. */
export interface RoundEvidence {
  /** The policy's answers, one or more to each prompt. */
  samples: readonly SampleRow[];
  /** The base policy's answers, drawn alike. */
  baseline?: readonly SampleRow[] | undefined;
  /** Answers of the policy one round before, drawn alike. */
  previous?: readonly SampleRow[] | undefined;
  /** A verifier's scores of `samples`. */
  scores?: readonly ScoreRow[] | undefined;
  /** The round's judgments, and those of a frozen judge about the same answers. */
  judgments?: readonly JudgmentRow[] | undefined;
  frozenJudgments?: readonly JudgmentRow[] | undefined;
  /** Win rates among the base and the iterates; see `cycleDetection`. */
  iterates?: PreferenceMatrix | undefined;
}

export interface RoundMonitors {
  /**
   * Numbers for the log, each finite; what could not be measured is left out: `entropy`, `lengthToBase`, `lengthToPrevious`,
   * `distinctRatio`, `passAt<k>`, `balanceScore`, `judgeAgreement`, `judgeFlips`, `cyclicShare`.
   */
  values: Record<string, number>;
  /** A sentence for each thing that goes wrong. */
  alarms: string[];
}

/** All monitors of one round. */
export function roundMonitors(evidence: RoundEvidence): RoundMonitors {
  const { samples, baseline, previous, scores, judgments, frozenJudgments, iterates } = evidence;
  const correct = scores && correctAnswers(scores);
  const drift = judgments && frozenJudgments && judgeDrift(judgments, frozenJudgments);
  const circles = iterates && cycleDetection(iterates);
  const trend = {
    entropy: answerEntropy(samples),
    base: baseline && answerEntropy(baseline),
    previous: previous && answerEntropy(previous),
  };
  const lengthToBase = baseline && lengthDrift(samples, baseline);
  const measured: Record<string, number | undefined> = {
    entropy: trend.entropy,
    lengthToBase,
    lengthToPrevious: previous && lengthDrift(samples, previous),
    distinctRatio: distinctRatio(samples),
    ...(correct && passRates(correct)),
    balanceScore: correct && balanceScore(correct),
    judgeAgreement: drift?.agreement,
    judgeFlips: drift?.flips,
    cyclicShare: circles?.share,
  };
  const alarms = [
    collapseAlarm(trend),
    lengthAlarm(lengthToBase),
    driftAlarm(drift?.flips),
    ...cycleAlarms(circles?.cycles ?? []),
  ];
  return { values: finite(measured), alarms: alarms.filter((alarm) => alarm !== undefined) };
}

/** pass@k for k = 1, 2, 4 and so on, up to what every prompt has. */
function passRates(correct: readonly CorrectAnswers[]): Record<string, number> {
  const least = correct.reduce((fewest, { total }) => Math.min(fewest, total), Infinity);
  if (!Number.isFinite(least)) return {};
  const sizes = Array.from({ length: Math.floor(Math.log2(least)) + 1 }, (_, i) => 2 ** i);
  if (sizes.at(-1) !== least) sizes.push(least);
  return Object.fromEntries(sizes.map((k) => [`passAt${k}`, passAtK(correct, k)]));
}

function finite(measured: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(measured).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

function lengthAlarm(ratio = 1): string | undefined {
  if (Number.isNaN(ratio) || (ratio <= LENGTH_FACTOR && ratio >= 1 / LENGTH_FACTOR)) return undefined;
  return (
    `the answers have ${ratio.toFixed(2)} times the length of the base's. ` +
    'Look whether the judge goes by length, and hold the policy closer to its reference.'
  );
}

function driftAlarm(flips = 0): string | undefined {
  if (!(flips > FLIPS)) return undefined;
  return (
    `the judge now prefers the other answer in ${(100 * flips).toFixed(1)}% of the comparisons, against the frozen judge. ` +
    'Judge with the frozen one, or train the judge less.'
  );
}

function cycleAlarms(cycles: CycleDetection['cycles']): string[] {
  return cycles.map(
    ([a, b, c]) =>
      `iterates ${a}, ${b} and ${c} beat one another in a circle, so the last is not the best. ` +
      'Average iterates, or hold the policy closer to the base (INPO).',
  );
}
