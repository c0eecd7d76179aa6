import { tidy } from '@tensorflow/tfjs-core';

import { averageLogps } from './averageLogps.ts';
import { checkPerRow } from './checks.ts';
import type { LossEntry } from './types.ts';

const LENGTHS = ['chosenLengths', 'rejectedLengths'] as const;

/**
 * A loss of pairs on mean log-probabilities per token instead of sums: every log-probability of a response, under every
 * model, is divided by the response's length.
 *
 * `lengthNormalized(LOSSES.dpo)` is `sigmoid_norm`, and of `cpo_pref` it is SimPO without a margin. Options in nats, such
 * as beta or the target of a squared loss, are then per token and want other values.
 *
 * @param loss an entry whose log-probabilities are summed over the chosen and the rejected responses
 * @returns an entry that reads `chosenLengths` and `rejectedLengths` too
 * @throws {RangeError} when the loss takes tokens, single responses, or lengths of its own
 */
export function lengthNormalized(loss: LossEntry): LossEntry {
  const keys = loss.inputs.filter((key) => /(Chosen|Rejected)Logps$/.test(key));
  const paired = loss.inputs.includes('policyChosenLogps') && loss.inputs.includes('policyRejectedLogps');
  if (!paired || loss.level !== 'sequence' || LENGTHS.some((key) => loss.inputs.includes(key))) {
    throw new RangeError(
      `lengthNormalized: expected a loss of summed log-probabilities of pairs without lengths, got one of level ` +
        `${loss.level} with inputs ${loss.inputs.join(', ')}. Choose another loss, or leave it as it is.`,
    );
  }
  return {
    ...loss,
    fn: (inputs, options) =>
      tidy(() => {
        const rows = inputs['policyChosenLogps']?.shape.at(-1) ?? 0;
        checkPerRow('lengthNormalized', inputs, LENGTHS, rows);
        const averages = keys
          .filter((key) => inputs[key] !== undefined)
          .map((key) => {
            const lengths = inputs[key.endsWith('ChosenLogps') ? 'chosenLengths' : 'rejectedLengths']!;
            return [key, averageLogps(inputs[key]!, lengths)] as const;
          });
        return loss.fn({ ...inputs, ...Object.fromEntries(averages) }, options);
      }),
    inputs: [...loss.inputs, ...LENGTHS],
    needs: [...loss.needs, 'lengths'],
  };
}
