import type { Judge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { ARENA_HARD_PROMPTS } from './arenaHardPrompts.ts';
import type { ChatModel } from './chatModel.ts';
import { fillTemplate } from './fillTemplate.ts';
import { createPairJudge } from './pairJudge.ts';
import { promptText } from './promptText.ts';
import { decisionOf, readAnswers, type TextSettings } from './readAnswers.ts';

export interface ArenaHardOptions extends TextSettings {
  /** `hard` (default) has the judge answer the prompt first; `creative` is for creative writing. */
  category?: 'hard' | 'creative';
}

/** Result of the answer shown first, and how often the game counts. */
const LABELS: Record<string, { pFirst: number; weight: number }> = {
  'A>>B': { pFirst: 1, weight: 3 },
  'A>B': { pFirst: 1, weight: 1 },
  'A=B': { pFirst: 0.5, weight: 1 },
  'B=A': { pFirst: 0.5, weight: 1 },
  'B>A': { pFirst: 0, weight: 1 },
  'B>>A': { pFirst: 0, weight: 3 },
  'A<B': { pFirst: 0, weight: 1 },
  'A<<B': { pFirst: 0, weight: 3 },
  'B<A': { pFirst: 1, weight: 1 },
  'B<<A': { pFirst: 1, weight: 3 },
};

/**
 * Arena-Hard-Auto's judge: a verdict in five steps for each of both orders, of which a clear one counts three times. With
 * the baseline's answer as `a` the probability that `b` wins is the mean over the battles that Arena-Hard makes of the two
 * games.
 *
 * Where one game has no verdict there is none here; Arena-Hard goes on with the other.
 *
 * @see Li et al. 2024, arXiv:2406.11939; https://github.com/lmarena/arena-hard-auto
 */
export function createArenaHardJudge(model: ChatModel, options: ArenaHardOptions = {}): Judge {
  const { category = 'hard', maxTokens = 16_000, ...rest } = options;
  const settings = { maxTokens, ...rest };
  const system = ARENA_HARD_PROMPTS[category];
  return createPairJudge({
    id: `arena-hard-${category}(${model.id})#${judgmentKey(system, ARENA_HARD_PROMPTS.user, settings).slice(0, 12)}`,
    decide: async (pairs, judging) => {
      const questions = pairs.map(({ prompt, first, second }) => {
        const values = { QUESTION: promptText(prompt), ANSWER_A: first, ANSWER_B: second };
        return [
          { role: 'system', content: system },
          { role: 'user', content: fillTemplate(ARENA_HARD_PROMPTS.user, values) },
        ];
      });
      const readings = await readAnswers(model, questions, settings, labelOf, judging);
      return readings.map(({ value, ...reading }) =>
        value === undefined
          ? decisionOf(reading)
          : { ...decisionOf({ ...reading, value: LABELS[value]!.pFirst }), weight: LABELS[value]!.weight, by: value },
      );
    },
  });
}

/** The last label in a judge's text, in double brackets or, where there are none, single ones. */
function labelOf(text: string): string | undefined {
  for (const pattern of [/\[\[([AB<>=]+)\]\]/g, /\[([AB<>=]+)\]/g]) {
    const label = [...text.toUpperCase().matchAll(pattern)].at(-1)?.[1];
    if (label !== undefined) return Object.hasOwn(LABELS, label) ? label : undefined;
  }
  return undefined;
}
