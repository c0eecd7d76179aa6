import type { Judge, JudgmentCost } from '../../src/judges/index.ts';
import { sumCosts } from '../../src/judges/sumCosts.ts';
import { agreementFigures, type AgreementFigures } from './agreementFigures.ts';
import type { LabelledPair } from './judgedPair.ts';
import { judgeFigures, type JudgeFigures } from './judgeFigures.ts';
import { judgePairs } from './judgePairs.ts';

export interface BenchJudgeOptions {
  /** Of the places of the better answers. */
  seed: number;
  /** How many of the pairs, from the first, are asked a second time. */
  again: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface JudgeBenchResult extends JudgeFigures {
  judge: string;
  /** Of the judge with itself; null when nothing was asked twice. */
  consistency: AgreementFigures | null;
  /** Wall time of the first asking over its pairs. */
  secondsPerPair: number;
  /** Of both askings, as far as the judge tells. */
  cost: JudgmentCost;
  /** What went wrong, and how often. */
  errors: Record<string, number>;
}

/**
 * Measures a judge on labelled pairs.
 *
 * @example const { overall } = await benchJudge(judge, worldJudgePairs({ seed: 1 }), { seed: 1, again: 50 });
 */
export async function benchJudge(
  judge: Judge,
  pairs: readonly LabelledPair[],
  { seed, again, signal, onProgress }: BenchJudgeOptions,
): Promise<JudgeBenchResult> {
  const options = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const start = performance.now();
  const verdicts = await judgePairs(judge, pairs, seed, options);
  const seconds = (performance.now() - start) / 1000;
  const repeated = pairs.slice(0, again);
  const second = repeated.length === 0 ? [] : await judgePairs(judge, repeated, seed, options);
  const errors: Record<string, number> = {};
  for (const { error } of verdicts) if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1;
  return {
    judge: judge.id,
    ...judgeFigures(pairs.map((pair, i) => ({ pair, verdict: verdicts[i]! }))),
    consistency: agreementFigures(verdicts.slice(0, second.length), second),
    secondsPerPair: seconds / pairs.length,
    cost: sumCosts([...verdicts, ...second].flatMap(({ cost }) => cost ?? [])),
    errors,
  };
}
