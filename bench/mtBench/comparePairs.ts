import type { Comparison, Judge, JudgeOptions } from 'nashtune/judges';

import { soundVerdict } from '../../src/judges/index.ts';
import { ownPrompt } from '../../src/judges/ownPrompt.ts';
import { pairRmTexts } from '../../src/judges/pairRm/pairRmInput.ts';
import type { PairGrade } from './mtBenchFigures.ts';
import type { AnswerPair } from './pairAnswers.ts';

/** Winners of pairs, and why there are none of the others. */
export interface ComparedPairs {
  pairs: PairGrade[];
  errors: string[];
}

/**
 * Asks a judge who wins each pair. A judge that sees both answers at once says it for each order; what one says that does
 * not care for the order is true of both.
 *
 * Where the first answers differ, a judge that does not read each side's own (`readsEarlier`) gets whole conversations to
 * compare, as llm-blender's `compare_conversations` writes them: the questions with places for the answers, and on each
 * side all of its answers.
 */
export async function comparePairs(
  judge: Judge,
  pairs: readonly AnswerPair[],
  options: JudgeOptions = {},
): Promise<ComparedPairs> {
  const items = pairs.map(({ comparison }) =>
    comparison.earlier && !judge.readsEarlier ? wholeConversations(comparison) : comparison,
  );
  const verdicts = (await judge.compare(items, options)).map(soundVerdict);
  return {
    pairs: pairs.map(({ models, question, turn }, at): PairGrade => {
      const { pFirst, error, orders = { ab: pFirst, ba: pFirst } } = verdicts[at]!;
      const winner = (share: number | undefined): string | null =>
        error === undefined ? winnerOf(models, share) : null;
      return { models, question, turn, winners: [winner(orders.ab), winner(orders.ba)] };
    }),
    errors: verdicts.flatMap(({ error }) => error ?? []),
  };
}

/** Of the probability that the first one wins. */
function winnerOf([first, second]: PairGrade['models'], share: number | undefined): string | null {
  if (share === undefined || !(share >= 0 && share <= 1)) return null;
  return share > 0.5 ? first : share < 0.5 ? second : 'tie';
}

function wholeConversations(item: Comparison): Comparison {
  const [a, b] = [pairRmTexts(ownPrompt(item, 'a')), pairRmTexts(ownPrompt(item, 'b'))];
  return { id: item.id, prompt: [{ role: 'user', content: a.source }], a: a.before + item.a, b: b.before + item.b };
}
