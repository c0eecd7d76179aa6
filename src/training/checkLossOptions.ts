import * as tf from '@tensorflow/tfjs-core';

import { UserError } from '../base/userError.ts';
import { checkAvailable } from './checkLoss.ts';
import { computedShape, extraInputs, formOf } from './lossInputs.ts';
import { resolveLoss, type LossChoice } from './resolveLoss.ts';
import type { LossOptions } from './trainer.ts';

/** Any loss may be given it: the metrics scale rewards by it. */
const ALWAYS_READ = 'beta';

/**
 * Checks the options of a loss before a run starts, by taking the loss of two made-up examples: it says itself what is missing
 * or out of range, and an option that it never looks at is a mistake in its name.
 *
 * The engine must have started.
 *
 * @throws {UserError} naming the loss and the option
 */
export function checkLossOptions(choice: LossChoice, options: LossOptions): void {
  const loss = resolveLoss(choice);
  const read = new Set<string>();
  const watched = new Proxy(options, {
    get: (target, key: string) => {
      read.add(key);
      return target[key];
    },
  });
  try {
    checkAvailable(loss);
    tf.tidy(() => loss.fn(madeUp([...loss.inputs]), watched));
  } catch (error) {
    if (error instanceof RangeError) throw new UserError('loss.options', error.message);
    throw error;
  }
  const unread = Object.keys(options).filter((key) => key !== ALWAYS_READ && !read.has(key));
  if (unread.length === 0) return;
  throw new UserError(
    'loss.options',
    `${loss.id}: does not have the option ${unread.join(', ')}. It reads ${[...read].join(', ') || 'no options'}.`,
  );

  function madeUp(keys: readonly string[]): Record<string, tf.Tensor> {
    const extra = extraInputs(loss);
    return Object.fromEntries(
      keys.flatMap((key) => {
        const shape = extra.includes(key) ? SHAPES[formOf(key).per] : computedShape(key, EXAMPLES, TOKENS);
        return shape ? [[key, tf.fill(shape, key.endsWith('Logps') ? -1 : 1)]] : [];
      }),
    );
  }
}

const [EXAMPLES, TOKENS] = [2, 3];

const SHAPES = { example: [EXAMPLES], iterate: [1, EXAMPLES], batch: [], token: [EXAMPLES, TOKENS] };
