import { promptMessages } from '../promptMessages.ts';
import type { AdaptedPair, AdaptedResponse, Adapter, RawRow } from './adapter.ts';
import { has, shown } from './adapter.ts';
import { objectsIn } from './conversation.ts';
import { numberIn } from './numberIn.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';

/** Where a completion's score stands, in order of preference. The first is what UltraFeedback's binarized version used. */
const SCORES = ['overall_score', 'score', 'fine-grained_score'] as const;

/**
 * UltraFeedback before it was binarized: several scored completions to an instruction. Completions with equal scores make no
 * pair, nor do equal texts.
 *
 * @see https://huggingface.co/datasets/openbmb/UltraFeedback
 */
export const ultraFeedback: Adapter = {
  name: 'ultrafeedback',
  describes:
    'instruction or prompt with completions [{response, overall_score | score}]: best against worst, or all pairs',
  matches: (row) => has(row, 'completions'),
  toPairs: (row, { pairs, minMargin }) => {
    const read = scoredResponses(row);
    if (typeof read === 'string') return read;
    if (read.length < 2) return `expected two completions or more, found ${read.length}`;
    // Sorting is stable: of equal scores the first is the best and the last the worst.
    const ranked = read.toSorted((a, b) => b.score - a.score);
    const candidates =
      pairs === 'all'
        ? ranked.flatMap((better, at) => ranked.slice(at + 1).map((worse) => [better, worse] as const))
        : [[ranked[0]!, ranked.at(-1)!] as const];
    const apart = candidates.filter(([a, b]) => margin(a, b) > 0 && margin(a, b) >= minMargin);
    if (apart.length === 0) {
      const wanted = minMargin > 0 ? `at least ${minMargin} apart` : 'that differ';
      return `expected two scores ${wanted} in "completions", found ${ranked.map(({ score }) => score).join(', ')}`;
    }
    const made: AdaptedPair[] = [];
    let problem = '';
    for (const [better, worse] of apart) {
      const names = [`completions[${better.at}]`, `completions[${worse.at}]`] as const;
      const pair = pairOfAnswers(better.prompt, better.response, worse.response, names);
      if (typeof pair === 'string') problem ||= pair;
      else made.push({ ...pair, scoreMargin: margin(better, worse) });
    }
    return made.length > 0 ? made : problem;
  },
  toPrompt: promptMessages,
  toResponses: (row) => {
    const read = scoredResponses(row);
    if (typeof read === 'string') return read;
    return read.map(({ prompt, response, score, generator }) => ({
      prompt,
      response,
      score,
      ...(generator === undefined ? {} : { generator }),
    }));
  },
};

type Scored = AdaptedResponse & { at: number; score: number };

const margin = (better: Scored, worse: Scored): number => better.score - worse.score;

function scoredResponses(row: RawRow): Scored[] | string {
  const completions = objectsIn(row['completions']);
  if (!completions) {
    return `expected a list of {response, overall_score} in "completions", found ${shown(row['completions'])}`;
  }
  const prompt = promptMessages({ instruction: row['instruction'], prompt: row['prompt'] });
  if (typeof prompt === 'string') return prompt;
  const scored: Scored[] = [];
  for (const [at, completion] of completions.entries()) {
    const { response, model } = completion;
    if (typeof response !== 'string') return `completions[${at}].response: expected text, found ${shown(response)}`;
    const field = SCORES.find((name) => has(completion, name));
    const score = field && numberIn(completion[field]);
    if (score === undefined) {
      const found = shown(field && completion[field]);
      return `completions[${at}].${field ?? SCORES[0]}: expected a number, found ${found}`;
    }
    scored.push({ at, prompt, response, score, ...(typeof model === 'string' ? { generator: model } : {}) });
  }
  return scored;
}
