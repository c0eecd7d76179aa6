import * as tf from '@tensorflow/tfjs-core';

import { rewardMetrics } from '../../losses/index.ts';
import type { LossOptions, StepResult } from '../training/index.ts';

/** Loss, gradient norm, and TRL's reward metrics of one step, over its real pairs. */
export function pairMetrics(
  result: StepResult,
  extra: Readonly<Record<string, Float32Array>>,
  lossOptions: LossOptions,
): Record<string, number> {
  const { loss, gradNorm, logps } = result;
  const [chosenLogps, rejectedLogps] = logps as [Float32Array, Float32Array];
  const reference = (key: string): tf.Tensor1D => tf.tensor1d(extra[key]!);
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
      { beta: rewardScale(lossOptions) },
    );
    for (const [name, value] of Object.entries(metrics)) values[name] = value.dataSync()[0]!;
  });
  return values;
}

/** What turns a log-ratio into the implicit reward: beta, in INPO eta, else 1. */
function rewardScale({ beta, eta }: LossOptions): number {
  for (const scale of [beta, eta]) if (typeof scale === 'number') return scale;
  return 1;
}
