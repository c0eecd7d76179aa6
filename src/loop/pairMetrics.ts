import * as tf from '@tensorflow/tfjs-core';

import { rewardMetrics } from '../../losses/index.ts';
import type { PairStepResult } from '../training/index.ts';

/** Loss, gradient norm, and TRL's reward metrics of one step, over its real pairs. */
export function pairMetrics(
  result: PairStepResult,
  extra: Readonly<Record<string, Float32Array>>,
  beta: number,
): Record<string, number> {
  const { loss, gradNorm, chosenLogps, rejectedLogps } = result;
  const real = chosenLogps.length;
  const reference = (key: string): tf.Tensor1D => tf.tensor1d(extra[key]!.slice(0, real));
  const values: Record<string, number> = { loss, grad_norm: gradNorm };
  if (!extra['refChosenLogps']) return values;
  tf.tidy(() => {
    const metrics = rewardMetrics(
      {
        policyChosenLogps: tf.tensor1d(chosenLogps),
        policyRejectedLogps: tf.tensor1d(rejectedLogps),
        refChosenLogps: reference('refChosenLogps'),
        refRejectedLogps: reference('refRejectedLogps'),
      },
      { beta },
    );
    for (const [name, value] of Object.entries(metrics)) values[name] = value.dataSync()[0]!;
  });
  return values;
}
