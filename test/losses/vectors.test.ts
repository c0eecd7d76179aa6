import { existsSync } from 'node:fs';

import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';

import { LOSSES, log1mexp, logSigmoid, sequenceLogps, wpoWeights } from '../../losses/index.ts';
import type { LossEntry } from '../../losses/index.ts';
import { GOLDEN_LOSSES, camelKeys, readVectors } from './goldenVectors.ts';
import type { GoldenVector } from './goldenVectors.ts';

const vectors = readVectors(process.env['NASHTUNE_LOSS_VECTORS'] ?? GOLDEN_LOSSES);
const losses: Readonly<Record<string, LossEntry>> = LOSSES;
const primitives: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  log_sigmoid: logSigmoid,
  log1mexp,
  sigmoid: tf.sigmoid,
};

/** The tolerance of fp32 against the 60-digit values: relative, and absolute on the scale of the entry. */
function expectClose(got: tf.Tensor, want: tf.TensorLike, largest: number): void {
  const wanted = [want].flat(2) as number[];
  const values = [...got.dataSync()];
  expect(values).toHaveLength(wanted.length);
  for (const [i, value] of values.entries()) {
    const bound = 1e-5 * Math.abs(wanted[i]!) + 1e-7 * Math.max(1, largest);
    expect(Math.abs(value - wanted[i]!), `[${i}]: got ${value}, want ${wanted[i]}`).toBeLessThanOrEqual(bound);
  }
}

function largestOf(...lists: unknown[]): number {
  return Math.max(...(lists.flat(3) as number[]).map(Math.abs));
}

function checkLoss(vector: GoldenVector): void {
  const entry = losses[vector.loss];
  if (entry === undefined) expect.fail(`loss "${vector.loss}" is not in LOSSES: ${Object.keys(losses).join(', ')}`);
  const inputs = camelKeys(vector.inputs);
  const tensors = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, tf.tensor(value)]));
  const options = camelKeys(vector.params);
  const grads = camelKeys(vector.expected_grads ?? {});
  const largest = largestOf(vector.expected_losses, ...Object.values(grads));

  const value = entry.fn(tensors, options);
  expectClose(value, vector.expected_losses!, largest);
  if (vector.expected_mean !== undefined) expectClose(tf.mean(value), vector.expected_mean, largest);

  // WPO's are given for summed log-probabilities, which is the gradient of each token.
  for (const [key, sums] of Object.entries(grads)) {
    if (!key.endsWith('LogpsSum')) continue;
    const tokens = key.replace('LogpsSum', 'TokenLogps');
    const perRow = tensors[tokens]!.size / sums.length;
    grads[tokens] = (sums as number[]).flatMap((sum) => Array.from({ length: perRow }, () => sum));
    delete grads[key];
  }
  const keys = Object.keys(grads);
  if (keys.length === 0) return;
  const reduce = vector.grad_of === 'mean' ? tf.mean : tf.sum;
  const got = tf.grads((...xs: tf.Tensor[]) => {
    const policy = Object.fromEntries(keys.map((key, i) => [key, xs[i]!]));
    return reduce(entry.fn({ ...tensors, ...policy }, options));
  })(keys.map((key) => tensors[key]!));
  for (const [i, key] of keys.entries()) expectClose(got[i]!, grads[key]!, largest);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('losses agree with the golden values and gradients', () => {
  const cases = vectors.filter(({ kind }) => kind === 'loss');

  test('the file holds losses', () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    tf.tidy(() => checkLoss(vector));
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
