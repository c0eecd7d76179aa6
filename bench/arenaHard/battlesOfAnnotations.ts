import { z } from 'zod';

import { modelShare } from '../alpacaEval/winRate.ts';
import type { Annotations } from '../alpacaEval/readAnnotations.ts';
import { answerStyle } from './answerStyle.ts';
import type { StyledBattle } from './styleControl.ts';

/** What a judge of two orders tells of its games: who is first there is the baseline. */
const games = z.array(z.object({ pFirst: z.number(), weight: z.number().int().positive().default(1) }));

/**
 * The battles that annotations stand for. Of our Arena-Hard judge these are the ones of both games, a clear verdict three
 * times; of any other judge one for each prompt, its score the probability that the model wins.
 */
export function battlesOfAnnotations({ rows, model, baseline }: Annotations): StyledBattle[] {
  return rows.flatMap(({ instruction, output_1, output_2, preference, annotator, ...rest }) => {
    const share = modelShare(preference);
    if (share === null) return [];
    const raw = annotator?.startsWith('arena-hard') ? rest['raw_completion'] : undefined;
    const played = typeof raw === 'string' ? games.parse(JSON.parse(raw)) : [];
    const scores = played.flatMap(({ pFirst, weight }) => Array.from({ length: weight }, () => 1 - pFirst));
    const looks = { style: answerStyle(output_2), baselineStyle: answerStyle(output_1) };
    return (scores.length > 0 ? scores : [share]).map((score) => {
      return { model, baseline, prompt: instruction, score, ...looks };
    });
  });
}
