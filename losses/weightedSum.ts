import { add, mul, tidy } from '@tensorflow/tfjs-core';
import type { Tensor1D } from '@tensorflow/tfjs-core';

import type { LossEntry } from './types.ts';

/** One term of a sum of losses. */
export type WeightedLoss = {
  /** An entry of the registry, or what another combinator made. */
  loss: LossEntry;
  /** Default 1. */
  weight?: number | undefined;
  /** Options of this term; they win over those given to the sum, which every term sees. */
  options?: Readonly<Record<string, unknown>> | undefined;
};

/**
 * A loss that is the weighted sum of others: sum_k weight_k loss_k, example by example.
 *
 * It reads the inputs of all of them, needs what any needs, takes tokens if any does and couples its batch if any does.
 * Its value at step 0 is known if that of every term is.
 *
 * @param terms losses with as many values as each other
 * @returns an entry to use like one of the registry; its `fn` throws a RangeError when the terms differ in size
 * @throws {RangeError} when there is no term, or a weight is not finite
 * @example
 * const mixed = weightedSum([{ loss: LOSSES.dpo, weight: 0.8 }, { loss: LOSSES.sft, weight: 0.2 }]);
 * const values = mixed.fn({ ...pairLogps, chosenLengths }, { beta: 0.1 });
 */
export function weightedSum(terms: readonly WeightedLoss[]): LossEntry {
  if (terms.length === 0) {
    throw new RangeError('weightedSum: expected at least one term, got none. Pass [{ loss, weight }, ...].');
  }
  for (const { weight = 1 } of terms) {
    if (Number.isFinite(weight)) continue;
    throw new RangeError(`weightedSum: weight must be a finite number, got ${weight}. Set the weight of each term.`);
  }
  const losses = terms.map(({ loss }) => loss);
  const known = losses.every(({ stepZero }) => stepZero !== undefined);
  return {
    fn: (inputs, options) =>
      tidy(() => {
        const values = terms.map(({ loss, weight = 1, options: own }) =>
          mul<Tensor1D>(loss.fn(inputs, { ...options, ...own }), weight),
        );
        checkSizes(values);
        return values.reduce((sum, value) => add(sum, value));
      }),
    ...(known && {
      stepZero: (options, labels) =>
        terms.reduce(
          (sum, { loss, weight = 1, options: own }) => sum + weight * loss.stepZero!({ ...options, ...own }, labels),
          0,
        ),
    }),
    inputs: union(losses.map(({ inputs }) => inputs)),
    needs: union(losses.map(({ needs }) => needs)),
    level: losses.some(({ level }) => level === 'token') ? 'token' : 'sequence',
    coupled: losses.some(({ coupled }) => coupled),
  };
}

function checkSizes(values: readonly Tensor1D[]): void {
  const sizes = values.map(({ size }) => size);
  if (sizes.every((size) => size === sizes[0])) return;
  throw new RangeError(
    `weightedSum: expected terms with as many values as each other, got ${sizes.join(' and ')}. ` +
      'Losses with two values per pair, such as kto, combine only with each other.',
  );
}

function union<T>(lists: readonly (readonly T[])[]): T[] {
  return [...new Set(lists.flat())];
}
