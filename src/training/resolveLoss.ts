import { LOSSES, type LossEntry, type LossFunction, type LossId } from '../../losses/index.ts';
import { didYouMean } from '../base/closest.ts';
import { UserError } from '../base/userError.ts';

/** What a trainer can be given as its loss: an id of the registry, an entry like one of it, or a function of one's own. */
export type LossChoice = LossId | LossEntry | LossFunction;

/** A loss with the name that messages give it. */
export type NamedLoss = LossEntry & { readonly id: string };

/**
 * A loss ready to be trained by. A function is taken to read what DPO reads, and to depend on the whole batch, which is
 * right for every function and costs another forward pass where a batch is split: pass an entry to say more.
 *
 * @throws {UserError} for an id that the registry does not have
 */
export function resolveLoss(choice: string | LossEntry | LossFunction): NamedLoss {
  if (typeof choice === 'string') {
    const entry = (LOSSES as Readonly<Record<string, LossEntry>>)[choice];
    if (entry && Object.hasOwn(LOSSES, choice)) return { ...entry, id: choice };
    const ids = Object.keys(LOSSES);
    throw new UserError(
      'loss.unknown',
      `loss: "${choice}" is not known.${didYouMean(choice, ids)} Choose one of ${ids.join(', ')}.`,
    );
  }
  if (typeof choice === 'function') {
    const { inputs, needs } = LOSSES.dpo;
    return { id: choice.name || 'loss', fn: choice, inputs, needs, level: 'sequence', coupled: true };
  }
  const known = Object.entries(LOSSES).find(([, { fn }]) => fn === choice.fn)?.[0];
  return { ...choice, id: known ?? (choice.fn.name || 'loss') };
}
