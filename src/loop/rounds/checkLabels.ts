import { SOURCE_OF_INPUT, type LossInput, type LossNeed } from '../../../losses/index.ts';
import { UserError } from '../../base/userError.ts';
import { extraInputs, resolveLoss, type LossChoice } from '../../training/index.ts';

/** What a loop computes by itself, whatever the recipe. */
const COMPUTED: readonly (LossNeed | 'policy')[] = ['reference', 'previousIterate', 'mismatchedKl', 'runningReward'];

/**
 * Checks before a run starts that what a loss reads will be there.
 *
 * @param given labels that the examples have
 * @param source who has them, for the message
 * @throws {UserError} naming all that is missing
 */
export function checkLabels(choice: LossChoice, given: readonly string[], source: string): void {
  const loss = resolveLoss(choice);
  const missing = extraInputs(loss).filter(
    (key) => !given.includes(key) && !COMPUTED.includes(SOURCE_OF_INPUT[key as LossInput]),
  );
  if (missing.length === 0) return;
  const named = missing.map((key) => `${key} (${SOURCE_OF_INPUT[key as LossInput]})`);
  throw new UserError(
    'loss.labels',
    `loss=${loss.id} reads ${named.join(' and ')}, which ${source} not have; there is ${given.join(', ') || 'no label'}. ` +
      'Choose another loss, or add what is missing to the data.',
  );
}
