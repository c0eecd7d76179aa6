import type { ExampleBatch } from '../../datasets/index.ts';
import { SOURCE_OF_INPUT, type LossInput } from '../../losses/index.ts';
import { extraInputs, formOf, type ExtraInputs } from './lossInputs.ts';
import type { NamedLoss } from './resolveLoss.ts';

/** Problems that one message lists. */
const LISTED = 8;

/**
 * Log-probabilities of rounding noise above 0 pass, in nats. With bf16 matrix products the normalizer is rounded and the logit of the
 * token is not, so that a token which is all but certain has up to 0.05, and an answer the sum of those.
 */
const NOISE = 1;

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
 * @throws {RangeError} naming the loss, and every argument and example that is wrong
 */
export function checkLossInputs(
  loss: NamedLoss,
  extra: ExtraInputs,
  batch: Pick<ExampleBatch, 'ids' | 'lengths'>,
): void {
  const { ids, lengths } = batch;
  const keys = extraInputs(loss);
  const missing = keys.filter((key) => extra[key]?.length !== countOf(key, ids.length));
  if (missing.length > 0) {
    const got = missing.map((key) => `${key} with ${extra[key] ? extra[key].length : 'none'}`).join(', ');
    throw new RangeError(
      `${loss.id}: expected ${missing.map((key) => `${key} with ${countOf(key, ids.length)}`).join(', ')} entries, one per ` +
        `example of the batch, got ${got}. Supply every key that extraInputs(loss) names.`,
    );
  }
  const problems = keys.flatMap((key) => {
    const form = formOf(key);
    const { expected, holds } = RULES[SOURCE_OF_INPUT[key as LossInput]] ?? NUMBER;
    if (form.per === 'batch') {
      const value = extra[key]![0] as number;
      return Number.isFinite(value) ? [] : [`${key}: expected a finite number, found ${value}`];
    }
    return ids.flatMap((id, row) => {
      const entry = extra[key]![row]!;
      const values = typeof entry === 'number' ? [entry] : [...entry];
      const wanted = form.per === 'token' ? lengths[form.side]![row]! : values.length;
      if (values.length !== wanted) {
        return [`${key} of ${id}: expected ${wanted} numbers, one per token, found ${values.length}`];
      }
      const wrong = values.find((value) => !holds(value));
      return wrong === undefined ? [] : [`${key} of ${id}: expected ${expected}, found ${wrong}`];
    });
  });
  if (problems.length === 0) return;
  const more = problems.length > LISTED ? `\n  and ${problems.length - LISTED} more` : '';
  throw new RangeError(
    `${loss.id}: wrong inputs:\n  ${problems.slice(0, LISTED).join('\n  ')}${more}\nDrop these examples, or compute them again.`,
  );
}

function countOf(key: string, examples: number): number {
  return formOf(key).per === 'batch' ? 1 : examples;
}
