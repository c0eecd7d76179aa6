import { contaminationScore } from '../../src/loop/monitors/index.ts';

/** Entropies of a prompt's greedy answer and of the answer to "give a different one". */
export interface EntropyProfiles {
  id: string;
  first: readonly number[];
  second: readonly number[];
}

/** How suspect prompts are. */
export interface ContaminationFigures {
  /** By falling score. NaN stands for an empty answer, and counts nowhere. */
  prompts: { id: string; score: number }[];
  mean: number;
  median: number;
  empty: number;
}

/**
 * Self-Critique's scores of prompts. A score alone convicts no prompt: compare with prompts that the policy cannot have
 * seen.
 *
 * @see Tao et al. 2025, arXiv:2510.09259
 */
export function contaminationFigures(profiles: readonly EntropyProfiles[]): ContaminationFigures {
  const all = profiles.map(({ id, first, second }) => ({ id, score: contaminationScore(first, second) }));
  const prompts = all.filter(({ score }) => !Number.isNaN(score)).sort((a, b) => b.score - a.score);
  const count = prompts.length;
  const middle = [prompts[Math.floor((count - 1) / 2)], prompts[Math.ceil((count - 1) / 2)]];
  return {
    prompts,
    mean: prompts.reduce((sum, { score }) => sum + score, 0) / count,
    median: middle.reduce((sum, one) => sum + (one?.score ?? NaN), 0) / 2,
    empty: profiles.length - count,
  };
}
