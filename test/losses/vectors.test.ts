import { existsSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { LOSSES, log1mexp, logSigmoid, sequenceLogps, wpoWeights } from '../../losses/index.ts';
import { checkGoldenLoss, expectClose } from './checkGoldenLoss.ts';
import { GOLDEN_LOSSES, camelKeys, readVectors } from './goldenVectors.ts';
import type { GoldenVector } from './goldenVectors.ts';

const vectors = readVectors(process.env['NASHTUNE_LOSS_VECTORS'] ?? GOLDEN_LOSSES);
const primitives: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  log_sigmoid: logSigmoid,
  log1mexp,
  sigmoid: tf.sigmoid,
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('losses agree with the golden values and gradients', () => {
  const cases = vectors.filter(({ kind }) => kind === 'loss');

  test('the file holds losses', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    tf.tidy(() => checkGoldenLoss(vector));
  });
});

describe('numeric primitives agree with the golden values', () => {
  const cases = vectors.filter(({ kind, loss }) => kind === 'primitive' && loss in primitives);

  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    tf.tidy(() => {
      const want = vector.expected_outputs as number[];
      expectClose(primitives[vector.loss]!(tf.tensor(vector.inputs['x']!)), want, 1);
    });
  });
});

describe('log-probabilities from logits agree with the golden values', () => {
  const cases = vectors.filter(({ loss }) => loss === 'sequence_logps');

  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    tf.tidy(() => {
      const want = camelKeys(vector.expected_outputs as Record<string, tf.TensorLike>);
      const { logits, labels, mask } = vector.inputs;
      const got = sequenceLogps({ logits: tf.tensor(logits!), labels: tf.tensor(labels!), mask: tf.tensor(mask!) });
      for (const key of ['tokenLogps', 'sum', 'average', 'sumPSquared'] as const) expectClose(got[key], want[key]!, 1);
      const { tokenLogps: policyTokenLogps, sumPSquared } = got;
      const weights = wpoWeights({ policyTokenLogps, sumPSquared, mask: tf.tensor(mask!) });
      expectClose(weights, want['wpoSequenceWeight']!, 1);
    });
  });
});

describe('the golden file itself', () => {
  const shared = new URL('../../../shared/vectors/loss_vectors.json', import.meta.url);

  // Without published vectors; proven by hand-derived values and identities in the tests of their files.
  const ownProofs = ['bco_pair_running', 'kl', 'kto_unpaired', 'ld_dpo', 'policy_gradient', 'sft', 'sft_seq'];

  test('covers every other loss of the registry', () => {
    const covered = new Set(readVectors(GOLDEN_LOSSES).map(({ loss }) => loss));
    expect(
      Object.keys(LOSSES)
        .filter((id) => !covered.has(id))
        .sort(),
    ).toEqual(ownProofs);
  });

  test.skipIf(!existsSync(shared))(
    'holds the shared vectors of those losses unchanged (skipped without ../shared)',
    () => {
      const known = ({ loss }: GoldenVector): boolean =>
        loss in LOSSES || loss in primitives || loss === 'sequence_logps';
      expect(readVectors(GOLDEN_LOSSES)).toEqual(readVectors(shared).filter(known));
    },
  );
});
