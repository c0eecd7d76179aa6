import { compareByScores } from './compareByScores.ts';
import type { ScoringJudge } from './judge.ts';
import { verdictOfScores, type ScorePreference } from './verdictOfScores.ts';

/** What makes a judge that scores. */
export interface ScoringJudgeParts extends Pick<ScoringJudge, 'id' | 'score'>, ScorePreference {
  /** Default: nothing to free. */
  dispose?: () => void;
}

/**
 * A judge from a function that scores answers: it compares by their scores.
 *
 * @throws {RangeError} for a negative temperature or tie
 * @example const judge = createScoringJudge({ id: 'mine', score, temperature: 1 });
 */
export function createScoringJudge({ id, score, dispose = () => {}, ...preference }: ScoringJudgeParts): ScoringJudge {
  return {
    id,
    readsEarlier: true,
    score,
    prefer: verdictOfScores(preference),
    compare: compareByScores({ score }, preference),
    dispose,
  };
}
