import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';

import { dpo, hinge, spinHinge, spinSigmoid } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { PROPERTY, randomPairs, valuesOf } from './randomPairs.ts';

const ALIKE = [
  ['spin_sigmoid', 'DPO', spinSigmoid, dpo],
  ['spin_hinge', 'the hinge loss', spinHinge, hinge],
] as const;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test.each(ALIKE)('%s is %s to the last bit: only its data differ', (_id, _name, spin, offline) => {
  fc.assert(
    fc.property(randomPairs(4), fc.constantFrom(0.1, 5), (batch, beta) => {
      const [here, there] = [spin, offline].map((fn) => (inputs: PairLogps) => fn(inputs, { beta }));
      expect(valuesOf(here!, batch)).toEqual(valuesOf(there!, batch));
    }),
    PROPERTY,
  );
});
