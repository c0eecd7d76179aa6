import type { PromptRow, SampleRow } from '../../../datasets/index.ts';
import { isVerifier, type Judge } from '../../judges/index.ts';
import type { SequenceScorer } from '../../training/index.ts';
import { divergenceFromBase } from '../divergenceFromBase.ts';
import type { Loop } from '../loop.ts';
import { passRate } from '../passRate.ts';
import { sampleStatistics } from '../sampleStage.ts';
import { winRateOver } from './winRatesOverIterates.ts';

/** A measure of a recipe's own, of a round's answers to the evaluation prompts: its names, and numbers. */
export type MeasureAnswers = (
  answers: readonly SampleRow[],
  prompts: readonly PromptRow[],
) => Promise<Record<string, number>> | Record<string, number>;

export interface EvaluateRoundOptions {
  judge: Judge;
  prompts: readonly PromptRow[];
  /** One answer to each prompt by the policy as it is now. */
  answers: readonly SampleRow[];
  /** The same by the base. */
  baseline: readonly SampleRow[];
  /** Win rates over earlier policies, of `winRatesOverIterates`. */
  iterates: Readonly<Record<string, number>>;
  baseScorer: SequenceScorer;
  /** What else to measure, and what the recipe counted. */
  measure?: MeasureAnswers | undefined;
  counts: Record<string, number>;
  /** Numbers of the monitors. */
  monitors: Record<string, number>;
}

/**
 * Measures the policy after a round: win rate over the base and over the previous iterate as the judge sees them, KL to the base,
 * length, and where the judge is a verifier the share of right answers, the base's too. What the judge fails on does not
 * count; where it fails on everything, there is no win rate.
 */
export function evaluateRound(
  loop: Loop,
  round: number,
  options: EvaluateRoundOptions,
): Promise<Record<string, number>> {
  const { judge, prompts, answers, baseline, iterates, measure } = options;
  return loop.measure(round, 'evaluation', async () => {
    const base = winRateOver(iterates, 0);
    const last = round === 1 ? undefined : winRateOver(iterates, round - 1);
    const passes = (rows: readonly SampleRow[]) => (isVerifier(judge) ? passRate(judge, prompts, rows) : undefined);
    const [pass, basePass] = [await passes(answers), await passes(baseline)];
    return {
      ...(pass && { passRate: pass.rate, passLow: pass.low, passHigh: pass.high }),
      ...(basePass && { basePassRate: basePass.rate, basePassLow: basePass.low, basePassHigh: basePass.high }),
      ...(base && { judgeWinRate: base.rate, low: base.low, high: base.high, judged: base.count }),
      ...(last && { winRateOverPrevious: last.rate, previousLow: last.low, previousHigh: last.high }),
      klToBase: await divergenceFromBase(loop, options.baseScorer, answers),
      ...options.monitors,
      ...options.counts,
      ...sampleStatistics(answers),
      ...(await measure?.(answers, prompts)),
    };
  });
}
