import * as tf from '@tensorflow/tfjs-core';

import { rewardMetrics } from '../../losses/index.ts';
import type { ExtraInputs } from './lossInputs.ts';
import type { BatchResult, LossOptions } from './trainer.ts';

/**
 * The loss of a batch of pairs, and TRL's reward metrics where there is a reference. All are means over the whole batch,
 * however many pieces it was computed in.
 */
export function pairMetrics(
  { loss, logps }: BatchResult,
  extra: ExtraInputs,
  lossOptions: LossOptions,
): Record<string, number> {
  const [chosenLogps, rejectedLogps] = logps as [Float32Array, Float32Array];
  const { refChosenLogps, refRejectedLogps } = extra;
  if (!(refChosenLogps instanceof Float32Array) || !(refRejectedLogps instanceof Float32Array)) return { loss };
  return tf.tidy(() => {
    const metrics = rewardMetrics(
      {
        policyChosenLogps: tf.tensor1d(chosenLogps),
        policyRejectedLogps: tf.tensor1d(rejectedLogps),
        refChosenLogps: tf.tensor1d(refChosenLogps),
        refRejectedLogps: tf.tensor1d(refRejectedLogps),
      },
      { beta: rewardScale(lossOptions) },
    );
    const values = Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]!] as const);
    return { loss, ...Object.fromEntries(values) };
  });
}

/** What turns a log-ratio into the implicit reward: beta, in INPO eta, else 1. */
function rewardScale({ beta, eta }: LossOptions): number {
  for (const scale of [beta, eta]) if (typeof scale === 'number') return scale;
  return 1;
}
