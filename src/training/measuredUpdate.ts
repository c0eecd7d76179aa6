import type { ExampleBatch } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import type { ExtraInputs } from './lossInputs.ts';
import { pairMetrics } from './pairMetrics.ts';
import { checkStepZero } from './stepZero.ts';
import type { StepResult, Trainer } from './trainer.ts';

export interface MeasuredUpdateOptions {
  batch: ExampleBatch;
  /** What the loss needs beside the batch: see `Trainer.update`. */
  extra: ExtraInputs;
  /** Counted from 1 since the optimizer's reset. */
  step: number;
  learningRate: number;
  /** Of dropout, with the step: another one in each round. */
  seed: number | string;
  /** Whether the policy equals every reference, so that the loss is known and checked. */
  atReference: boolean;
}

/**
 * One update, and what is logged of it: loss, `grad_norm`, reward metrics and `learning_rate`, over the whole batch.
 *
 * @throws {UserError} when the loss or its gradient is not finite, naming the examples
 */
export async function measuredUpdate(
  trainer: Trainer,
  { batch, extra, step, learningRate, seed, atReference }: MeasuredUpdateOptions,
): Promise<Record<string, number>> {
  const result = await trainer.update(batch, extra, step, learningRate, seed);
  if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradNorm)) throw notFinite(step, result, batch.ids);
  if (atReference) checkStepZero(trainer, batch, extra, result);
  const { loss, ...metrics } = pairMetrics(result, extra, trainer.lossOptions);
  return { loss: loss!, grad_norm: result.gradNorm, ...metrics, learning_rate: learningRate };
}

function notFinite(step: number, { loss, gradNorm }: StepResult, ids: readonly string[]): UserError {
  const named = ids.slice(0, 8).join(', ') + (ids.length > 8 ? ', ...' : '');
  return new UserError(
    'train.notFinite',
    `Step ${step}: the loss is ${loss} and the norm of its gradient ${gradNorm} on the pairs ${named}. ` +
      'The last checkpoint is kept. Lower train.learningRate and go on with --resume --force, or look at these pairs.',
  );
}
