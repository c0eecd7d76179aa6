import type { TokenizedPair } from '../../../datasets/index.ts';
import { preparePairs } from './preparePairs.ts';
import type { PreparedExamples, ReadExamplesOptions } from './preparedExamples.ts';

/**
 * Pairs as `preparePairs` reads them, taken apart into single answers: the chosen one is `desirable`, the rejected one not.
 *
 * @throws {UserError} as preparePairs
 */
export async function prepareSides(options: ReadExamplesOptions & { pairs: string }): Promise<PreparedExamples> {
  const { pairs, prompts, format, notes } = await preparePairs(options);
  return {
    pairs: (pairs as readonly TokenizedPair[]).flatMap(({ id, promptIds, chosenIds, rejectedIds }) => [
      { id: `${id}/chosen`, promptIds, completionIds: chosenIds },
      { id: `${id}/rejected`, promptIds, completionIds: rejectedIds },
    ]),
    labels: { desirable: pairs.flatMap(() => [1, 0]) },
    prompts: prompts.flatMap((prompt) => [prompt, prompt]),
    format,
    notes,
  };
}
