import type { ExampleBatch, TokenizedPair } from 'nashtune/datasets';
import { SOURCE_OF_INPUT, type LossInput, type LossNeed } from 'nashtune/losses';
import { extraInputs, type ExtraInputs, type Trainer } from 'nashtune/training';

import { UserError } from '../src/base/userError.ts';

/** What stands for the labels of a judge, of the chosen and of the rejected answer: a step takes as long whatever they are. */
const MADE_UP: Partial<Record<LossNeed | 'policy', readonly [chosen: number, rejected: number]>> = {
  winProbability: [0.75, 0.25],
  winRates: [0.75, 0.25],
  scores: [1, 0],
  weights: [1, 1],
};

/**
 * What a loss of pairs reads beside the policy: log-probabilities under the policy as it is now, for every reference, and
 * made-up labels.
 *
 * @returns the inputs of a batch
 * @throws {UserError} when the loss reads what pairs and one policy do not give
 */
export async function trainLabels(
  { loss, scorer }: Trainer,
  pairs: readonly TokenizedPair[],
): Promise<(batch: ExampleBatch) => ExtraInputs> {
  const keys = extraInputs(loss);
  const unknown = keys.filter((key) => !isReference(key) && madeUp(key) === undefined);
  if (unknown.length > 0 || !loss.inputs.includes('policyRejectedLogps')) {
    throw new UserError(
      'bench.loss',
      `--loss: expected a loss of pairs of summed log-probabilities, ${loss.id} reads ` +
        `${unknown.length > 0 ? unknown.join(', ') : loss.inputs.join(', ')}. Take dpo, sppo, inpo or their like.`,
    );
  }
  const logps = keys.some(isReference)
    ? await scorer.score(
        pairs.flatMap(({ promptIds, chosenIds, rejectedIds }) =>
          [chosenIds, rejectedIds].map((completionIds) => ({ promptIds, completionIds })),
        ),
      )
    : new Float64Array();
  const valueOf = (key: string, pair: number): number => {
    const side = /Rejected|Lose|^rejected/.test(key) ? 1 : 0;
    return isReference(key) ? logps[2 * pair + side]! : madeUp(key)![side]!;
  };
  return ({ indices }) =>
    Object.fromEntries(keys.map((key) => [key, Float32Array.from(indices, (pair) => valueOf(key, pair))]));
}

function isReference(key: string): boolean {
  return /^(ref|last)(Chosen|Rejected)Logps$/.test(key);
}

function madeUp(key: string): readonly number[] | undefined {
  return MADE_UP[SOURCE_OF_INPUT[key as LossInput]];
}
