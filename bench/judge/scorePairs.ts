import {
  soundVerdict,
  type Answer,
  type JudgeOptions,
  type Score,
  type ScoringJudge,
  type Verdict,
} from '../../src/judges/index.ts';
import { soundScore } from '../../src/judges/soundScore.ts';
import type { LabelledPair } from './judgedPair.ts';

export interface ScoredPairs {
  /** In the order of the pairs, on `chosen` against `rejected`. */
  verdicts: Verdict[];
  /** The score of an answer of a pair. */
  scoreOf: (pair: LabelledPair, side: 'chosen' | 'rejected') => Score;
}

/** Scores every answer of labelled pairs once, also one that stands in several, and compares by the scores. */
export async function scorePairs(
  judge: ScoringJudge,
  pairs: readonly LabelledPair[],
  options: JudgeOptions = {},
): Promise<ScoredPairs> {
  const answers = new Map<string, Answer>();
  for (const pair of pairs) {
    for (const side of ['chosen', 'rejected'] as const) {
      answers.set(keyOf(pair, side), { id: pair.id, prompt: pair.prompt, answer: pair[side] });
    }
  }
  const scores = (await judge.score([...answers.values()], options)).map(soundScore);
  const known = new Map([...answers.keys()].map((key, i) => [key, scores[i]!]));
  const scoreOf: ScoredPairs['scoreOf'] = (pair, side) => known.get(keyOf(pair, side))!;
  const counted = new Set<string>();
  // What a score took counts in the first verdict that it is part of.
  const scoreNow = (pair: LabelledPair, side: 'chosen' | 'rejected'): Score => {
    const key = keyOf(pair, side);
    const score = known.get(key)!;
    if (counted.has(key)) return { ...score, cost: { seconds: 0 } };
    counted.add(key);
    return score;
  };
  const verdicts = pairs.map((pair) =>
    soundVerdict(judge.prefer(scoreNow(pair, 'chosen'), scoreNow(pair, 'rejected'))),
  );
  return { verdicts, scoreOf };
}

function keyOf(pair: LabelledPair, side: 'chosen' | 'rejected'): string {
  return JSON.stringify([pair.prompt, pair[side]]);
}
