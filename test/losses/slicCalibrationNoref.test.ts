import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { hinge, slicCalibrationNoref } from '../../losses/index.ts';
import type { PairLogps, PolicyLogps } from '../../losses/index.ts';
import { PROPERTY, randomPairs, valuesOf } from './randomPairs.ts';

const loss = (inputs: PolicyLogps): tf.Tensor => slicCalibrationNoref(inputs, { beta: 0.125 });
const normalized = (inputs: PairLogps): tf.Tensor => hinge(inputs, { beta: 0.125 });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is the hinge loss with a reference that finds both responses equally likely', () => {
  fc.assert(
    fc.property(randomPairs(4), ({ policyChosenLogps, policyRejectedLogps }) => {
      const policy = { policyChosenLogps: policyChosenLogps!, policyRejectedLogps: policyRejectedLogps! };
      const uniform = [-50, -50, -50, -50];
      const both = { ...policy, refChosenLogps: uniform, refRejectedLogps: uniform };
      expect(valuesOf(loss, policy)).toEqual(valuesOf(normalized, both));
    }),
    PROPERTY,
  );
});
