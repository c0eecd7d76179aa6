import { randomStream } from '../../base/seed.ts';
import { weightedDraw } from '../../base/weightedDraw.ts';
import type { TokenizedPrompt } from '../../../datasets/index.ts';

export interface RoundPromptsOptions {
  prompts: readonly TokenizedPrompt[];
  /** Counted from 1. */
  round: number;
  /** Default: all. */
  promptsPerRound?: number | undefined;
  order: 'fresh' | 'reused' | 'curriculum';
  /** How much the answers to a prompt differed when it was last judged, by the prompt's id. */
  gaps: ReadonlyMap<string, number>;
  seed: number;
}

/**
 * The prompts of a round. `fresh` takes the next ones, and begins again after the last; `reused` the first ones every time;
 * `curriculum` draws without replacement in proportion to the gap between best and worst answer (eva's estimate of what a
 * prompt has to teach), where a prompt that was not judged yet counts as the mean of the others.
 *
 * @see Ye et al. 2024, arXiv:2411.00062
 */
export function roundPrompts(options: RoundPromptsOptions): TokenizedPrompt[] {
  const { prompts, round, order } = options;
  const size = Math.min(options.promptsPerRound ?? prompts.length, prompts.length);
  if (order === 'curriculum' && options.gaps.size > 0) return drawByGap(options, size);
  const first = order === 'reused' ? 0 : ((round - 1) * size) % prompts.length;
  return [...prompts, ...prompts].slice(first, first + size);
}

function drawByGap({ prompts, gaps, seed, round }: RoundPromptsOptions, size: number): TokenizedPrompt[] {
  const known = [...gaps.values()];
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const random = randomStream(seed, 'curriculum', round);
  return weightedDraw(prompts, ({ prompt }) => gaps.get(prompt.id) ?? mean, size, random);
}
