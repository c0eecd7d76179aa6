import { randomStream } from '../../base/seed.ts';
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

/** Keeps every prompt drawable: the least gap counts as this share of the mean. */
const LEAST = 1e-3;

function drawByGap({ prompts, gaps, seed, round }: RoundPromptsOptions, size: number): TokenizedPrompt[] {
  const known = [...gaps.values()];
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const random = randomStream(seed, 'curriculum', round);
  // Efraimidis and Spirakis 2006: the largest u^(1/w) are a weighted draw without replacement.
  const keyed = prompts.map((prompt, at) => {
    const weight = mean > 0 ? Math.max(gaps.get(prompt.prompt.id) ?? mean, LEAST * mean) : 1;
    return { prompt, at, key: Math.log(random.uniform()) / weight };
  });
  return keyed
    .toSorted((a, b) => b.key - a.key || a.at - b.at)
    .slice(0, size)
    .map(({ prompt }) => prompt);
}
