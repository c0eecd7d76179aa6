import { SOURCE_OF_INPUT, type LossInput } from '../../losses/index.ts';
import { extraInputs } from './lossInputs.ts';
import type { NamedLoss } from './resolveLoss.ts';

/** Problems that one message lists. */
const LISTED = 8;

/** Log-probabilities of rounding noise above 0 pass, in nats. */
const NOISE = 1e-3;

const LOG_PROBABILITY = {
  expected: 'a finite log-probability, not above 0',
  holds: (value: number) => Number.isFinite(value) && value <= NOISE,
};
const PROBABILITY = { expected: 'a probability from 0 to 1', holds: (value: number) => value >= 0 && value <= 1 };
const NUMBER = { expected: 'a finite number', holds: Number.isFinite };

/** What values of each source must be. */
const RULES: Readonly<Record<string, typeof NUMBER>> = {
  reference: LOG_PROBABILITY,
  previousIterate: LOG_PROBABILITY,
  history: LOG_PROBABILITY,
  winProbability: PROBABILITY,
  winRates: PROBABILITY,
};

/**
 * Checks what the caller of a trainer supplies, by value, which the loss itself cannot: it is recorded and compiled.
 *
 * @param ids of the examples, in the order of the values
 * @throws {RangeError} naming the loss, and every argument and example that is wrong
 */
export function checkLossInputs(
  loss: NamedLoss,
  extra: Readonly<Record<string, ArrayLike<number>>>,
  ids: readonly string[],
): void {
  const keys = extraInputs(loss);
  const missing = keys.filter((key) => extra[key]?.length !== ids.length);
  if (missing.length > 0) {
    throw new RangeError(
      `${loss.id}: expected ${missing.join(', ')} with ${ids.length} numbers each, one per example of the batch, got ` +
        `${missing.map((key) => String(extra[key]?.length ?? 'none')).join(', ')}. Supply every key that extraInputs(loss) names.`,
    );
  }
  const problems = keys.flatMap((key) => {
    const { expected, holds } = RULES[SOURCE_OF_INPUT[key as LossInput]] ?? NUMBER;
    return ids.flatMap((id, row) => {
      const value = extra[key]![row]!;
      return holds(value) ? [] : [`${key} of ${id}: expected ${expected}, found ${value}`];
    });
  });
  if (problems.length === 0) return;
  const more = problems.length > LISTED ? `\n  and ${problems.length - LISTED} more` : '';
  throw new RangeError(
    `${loss.id}: wrong inputs:\n  ${problems.slice(0, LISTED).join('\n  ')}${more}\nDrop these examples, or compute them again.`,
  );
}
