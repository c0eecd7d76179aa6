import type { Judge, JudgeOptions, JudgmentCost, ScoringJudge, Verdict } from '../../src/judges/index.ts';
import { errorCounts } from '../../src/judges/errorCounts.ts';
import { sumCosts } from '../../src/judges/sumCosts.ts';
import { agreementFigures, type AgreementFigures } from './agreementFigures.ts';
import type { LabelledPair } from './judgedPair.ts';
import { judgeFigures, type JudgeFigures } from './judgeFigures.ts';
import { judgePairs } from './judgePairs.ts';
import { scorePairs } from './scorePairs.ts';
import { tiesFigures, type TiesFigures } from './tiesFigures.ts';

export interface BenchJudgeOptions {
  /** Of the places of the better answers. */
  seed: number;
  /** How many of the pairs, from the first, are asked a second time. */
  again: number;
  /** Who is asked then, called once the first asking is over: the judge with other places to store. Default the judge. */
  second?: () => Judge | ScoringJudge;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface JudgeBenchResult extends JudgeFigures {
  judge: string;
  /** Of the judge with itself; null when nothing was asked twice. */
  consistency: AgreementFigures | null;
  /** RewardBench 2's Ties; null for other data, and for a judge that gives no scores. */
  ties: TiesFigures | null;
  /** Wall time of the first asking over its pairs; null when a store had all verdicts, too short when it had some. */
  secondsPerPair: number | null;
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
  judge: Judge | ScoringJudge,
  pairs: readonly LabelledPair[],
  { seed, again, second = () => judge, signal, onProgress }: BenchJudgeOptions,
): Promise<JudgeBenchResult> {
  const options = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const start = performance.now();
  const { verdicts, ties } = await ask(judge, pairs, seed, options);
  const seconds = (performance.now() - start) / 1000;
  const repeated = pairs.slice(0, again);
  const repeats = repeated.length === 0 ? [] : (await ask(second(), repeated, seed, options)).verdicts;
  // What comes out of a store took no time.
  const isKnown = verdicts.every(({ cost }) => cost?.seconds === 0);
  return {
    judge: judge.id,
    ...judgeFigures(pairs.map((pair, i) => ({ pair, verdict: verdicts[i]! }))),
    ties,
    consistency: agreementFigures(verdicts.slice(0, repeats.length), repeats),
    secondsPerPair: isKnown ? null : seconds / pairs.length,
    cost: sumCosts([...verdicts, ...repeats].flatMap(({ cost }) => cost ?? [])),
    errors: errorCounts(verdicts),
  };
}

async function ask(
  judge: Judge | ScoringJudge,
  pairs: readonly LabelledPair[],
  seed: number,
  options: JudgeOptions,
): Promise<{ verdicts: Verdict[]; ties: TiesFigures | null }> {
  if (!('score' in judge)) return { verdicts: await judgePairs(judge, pairs, seed, options), ties: null };
  const { verdicts, scoreOf } = await scorePairs(judge, pairs, options);
  return { verdicts, ties: tiesFigures(pairs, scoreOf) };
}
