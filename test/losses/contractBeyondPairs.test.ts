import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { LOSSES, SOURCE_OF_INPUT } from '../../losses/index.ts';
import type { LossEntry, LossId, LossInput } from '../../losses/index.ts';
import { differentiate, evaluate, finiteDifferences, tensorsFrom, type Inputs } from './evaluate.ts';
import { largestDifference } from './randomPairs.ts';

interface Example {
  inputs: Inputs;
  options?: Record<string, unknown>;
  /** Values per example: 2 in kto. */
  perRow?: number;
  /** Why its gradient is not that of its values. */
  surrogate?: string;
  /** Whether changing one row changes the values of others; `coupled` of the registry unless said. */
  mixes?: boolean;
  /** What stands for the inputs when the policy equals the reference; absent where that start has no known value. */
  start?: Inputs;
}

const pairs = {
  policyChosenLogps: [-10.5, -21, -7.25],
  policyRejectedLogps: [-12, -18.75, -9.5],
};
const references = { refChosenLogps: [-11, -19.5, -8], refRejectedLogps: [-11.25, -20.5, -9] };
const lengths = { chosenLengths: [10, 14, 4], rejectedLengths: [12, 9, 6] };
const chosenTokens = [
  [-0.5, -1.25, -0.25, -2],
  [-1, -0.75, -1.5, -0.5],
  [-0.25, -0.5, -2.25, -1],
];
const rejectedTokens = [
  [-0.75, -0.5, -2],
  [-1.75, -0.25, -0.5],
  [-1, -1.5, -0.625],
];
const shifted = (rows: number[][], by: number): number[][] => rows.map((row) => row.map((x, i) => x + by * (i - 1)));
const squares = (rows: number[][]): number[][] => rows.map((row) => row.map((x) => Math.exp(x / 2) / 2));
const chosenMask = [
  [1, 1, 1, 1],
  [0, 1, 1, 1],
  [1, 1, 0, 0],
];
const rejectedMask = [
  [1, 1, 1],
  [1, 1, 0],
  [0, 1, 0],
];
const tokens = { policyTokenLogps: chosenTokens, mask: chosenMask };
const logits = [1, 2, 3].map((row) => [1, 2, 3, 4].map((t) => [row / 2, -t / 4, (row * t) / 8]));

const EXAMPLES = {
  cpo_pref: { inputs: pairs },
  slic_calibration_noref: { inputs: pairs, options: { beta: 0.125 } },
  cpo: { inputs: { ...pairs, chosenLengths: lengths.chosenLengths }, options: { beta: 0.1, cpoAlpha: 0.5 } },
  simpo: { inputs: { ...pairs, ...lengths }, options: { beta: 2, gammaBetaRatio: 0.25 } },
  orpo_or_term: { inputs: { ...pairs, ...lengths } },
  orpo: { inputs: { ...pairs, ...lengths } },
  orpo_seqnll: { inputs: { ...pairs, ...lengths } },
  kto: {
    inputs: { ...pairs, ...references, kl: 0.25 },
    perRow: 2,
    mixes: false,
    start: {
      ...references,
      policyChosenLogps: references.refChosenLogps,
      policyRejectedLogps: references.refRejectedLogps,
      kl: 0,
    },
  },
  kto_pair: {
    inputs: { ...pairs, ...references },
    perRow: 2,
    start: {
      ...references,
      policyChosenLogps: references.refChosenLogps,
      policyRejectedLogps: references.refRejectedLogps,
    },
  },
  rpo_nll_seq: {
    inputs: { ...pairs, ...references, chosenLengths: lengths.chosenLengths },
    options: { beta: 0.1, alpha: 0.5 },
  },
  rpo_nll_tok: {
    inputs: { ...pairs, ...references, chosenLengths: lengths.chosenLengths },
    options: { beta: 0.1, alpha: 0.5 },
  },
  'rpo_nll_trl_v0.9': {
    inputs: { ...pairs, ...references, chosenLengths: lengths.chosenLengths },
    options: { beta: 0.1, alpha: 0.5 },
  },
  sft: { inputs: { policyChosenLogps: pairs.policyChosenLogps, chosenLengths: lengths.chosenLengths }, options: {} },
  sft_seq: {
    inputs: { policyChosenLogps: pairs.policyChosenLogps, chosenLengths: lengths.chosenLengths },
    options: {},
  },
  xpo: {
    inputs: {
      policyLogpsOnPolicySample: pairs.policyChosenLogps,
      policyLogpsOnRefSample: pairs.policyRejectedLogps,
      refLogpsOnPolicySample: references.refChosenLogps,
      refLogpsOnRefSample: references.refRejectedLogps,
      policySampleWins: [1, 0, 1],
    },
    options: { beta: 0.1, alpha: 0.25 },
  },
  kto_unpaired: {
    inputs: {
      policyLogps: pairs.policyChosenLogps,
      refLogps: references.refChosenLogps,
      desirable: [1, 0, 1],
      kl: 0.25,
    },
    start: { refLogps: pairs.policyChosenLogps },
  },
  verl_sppo: {
    inputs: { policyLogps: pairs.policyChosenLogps, refLogps: references.refChosenLogps, seqRewards: [1, 0, 0.5] },
    options: { eta: 2 },
  },
  wpo: {
    inputs: {
      policyChosenTokenLogps: chosenTokens,
      policyRejectedTokenLogps: rejectedTokens,
      chosenSumPSquared: squares(chosenTokens),
      rejectedSumPSquared: squares(rejectedTokens),
      refChosenLogps: [-3.5, -3, -1],
      refRejectedLogps: [-3, -2.5, -2],
      chosenMask,
      rejectedMask,
    },
    surrogate: 'the weights are constants',
  },
  ld_dpo: {
    inputs: {
      policyChosenTokenLogps: chosenTokens,
      policyRejectedTokenLogps: rejectedTokens,
      refChosenTokenLogps: shifted(chosenTokens, 0.25),
      refRejectedTokenLogps: shifted(rejectedTokens, -0.5),
      chosenMask,
      rejectedMask,
    },
    options: { beta: 0.5, ldAlpha: 0.25 },
    start: { refChosenTokenLogps: chosenTokens, refRejectedTokenLogps: rejectedTokens },
  },
  nash_md_trl: {
    inputs: { ...tokens, refTokenLogps: shifted(chosenTokens, 0.25), winProbability: [0.75, 0.25, 1] },
    surrogate: 'its log-ratios are constants',
  },
  nash_md_paper: {
    inputs: { ...tokens, refTokenLogps: shifted(chosenTokens, 0.25), winProbability: [0.75, 0.25, 1] },
    surrogate: 'its log-ratios are constants',
  },
  nft: {
    inputs: {
      ...tokens,
      lastTokenLogps: shifted(chosenTokens, 0.125),
      correct: [1, 0, 1],
      promptAccuracy: [0.25, 0.5, 0.75],
    },
    options: {},
    surrogate: 'its maximum is straight-through',
    start: { lastTokenLogps: chosenTokens },
  },
  policy_gradient: {
    inputs: { ...tokens, lastTokenLogps: shifted(chosenTokens, 0.0625), advantages: [1, -0.5, 2] },
    options: {},
    start: { lastTokenLogps: chosenTokens },
  },
  kl: {
    inputs: {
      policyLogits: logits,
      refLogits: logits.map((row) => row.map((v) => v.map((x) => x * x - 1))),
      mask: chosenMask,
    },
    options: {},
    start: { refLogits: logits },
  },
} satisfies Partial<Record<LossId, Example>>;

const losses: Readonly<Record<string, LossEntry>> = LOSSES;
const MASKS = /mask$/i;
const isPolicy = (key: string): boolean => SOURCE_OF_INPUT[key as LossInput] === 'policy' && !MASKS.test(key);
const shapeOf = (value: tf.TensorLike): number[] => tf.tidy(() => tf.tensor(value).shape);

/** The inputs with the rows in another order; scalars stay. */
function reordered(inputs: Inputs, order: readonly number[]): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      Array.isArray(value) ? (order.map((i) => value[i]) as tf.TensorLike) : value,
    ]),
  );
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(Object.entries<Example>(EXAMPLES))('%s', (id, example) => {
  const entry = losses[id]!;
  const { inputs, options = { beta: 0.1 }, perRow = 1, surrogate, mixes = entry.coupled, start } = example;
  const fn = (given: Record<string, tf.Tensor>): tf.Tensor => entry.fn(given, options);
  const policy = Object.keys(inputs).filter(isPolicy);
  const masks = Object.keys(inputs).filter((key) => MASKS.test(key));
  const constants = Object.keys(inputs).filter((key) => !isPolicy(key) && !MASKS.test(key));
  const rowsOf = (values: number[], order: readonly number[], rows = 3): number[] =>
    Array.from({ length: perRow }, (_, half) => order.map((i) => values[half * rows + i]!)).flat();

  test('returns its fp32 values, one per example or two', () => {
    const value = entry.fn(tensorsFrom(inputs), options);
    expect(value.shape).toEqual([3 * perRow]);
    expect(value.dtype).toBe('float32');
  });

  test('reads every input that the registry lists, and no other', () => {
    const optional = ['tokenRatios'];
    expect(Object.keys(inputs).sort()).toEqual(entry.inputs.filter((key) => !optional.includes(key)).sort());
  });

  test('permutes its values when the batch is permuted', () => {
    const got = evaluate(fn, reordered(inputs, [2, 0, 1]));
    expect(largestDifference(got, rowsOf(evaluate(fn, inputs), [2, 0, 1]))).toBeLessThan(1e-5);
  });

  test(mixes ? 'depends on the whole batch' : 'gives an example the same value alone as in a batch', () => {
    const together = evaluate(fn, inputs);
    const alone = [0, 1, 2].map((i) => evaluate(fn, reordered(inputs, [i])));
    const differences = alone.map((values, i) => largestDifference(values, rowsOf(together, [i])));
    if (mixes) expect(Math.max(...differences)).toBeGreaterThan(1e-3);
    else expect(differences).toEqual([0, 0, 0]);
  });

  test.skipIf(surrogate)('has the gradient of its central finite differences', () => {
    const gradients = differentiate(fn, inputs, policy);
    const scale = Math.max(1, ...evaluate(fn, inputs).map(Math.abs));
    for (const key of policy) {
      const bound = 2e-3 * Math.max(...gradients[key]!.map(Math.abs)) + 1e-5 * scale;
      expect(largestDifference(gradients[key]!, finiteDifferences(fn, inputs, key, 1 / 32)), key).toBeLessThan(bound);
    }
  });

  test('sends no gradient into anything but the policy, not even when it is asked for', () => {
    const gradients = differentiate(fn, inputs, [...policy, ...constants]);
    for (const key of constants) expect(gradients[key]!.map(Math.abs), key).toEqual(gradients[key]!.map(() => 0));
    for (const key of policy)
      expect(
        gradients[key]!.some((value) => value !== 0),
        key,
      ).toBe(true);
  });

  test.runIf(start)('starts at its known value when the policy equals the reference', () => {
    const values = evaluate(fn, { ...inputs, ...start });
    for (const row of [0, 1, 2]) {
      const labels = Object.entries({ ...inputs, ...start }).map(([key, value]) => [
        key,
        Array.isArray(value) ? Number(value[row]) : Number(value),
      ]);
      const own = rowsOf(values, [row]);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      expect(mean).toBeCloseTo(entry.stepZero!(options, Object.fromEntries(labels)), 6);
    }
  });

  test('knows its start where it has one', () => {
    expect(entry.stepZero !== undefined).toBe(start !== undefined);
  });

  test('stays finite, with its gradient, at 10,000 nats either way', () => {
    for (const key of policy) {
      for (const far of [-10_000, 10_000]) {
        // Log-probabilities are never positive; above the reference is a reference far below.
        const reference = key.replace('policy', 'ref');
        const target = far > 0 ? (reference in inputs ? reference : key.replace('policy', 'last')) : key;
        if (!(target in inputs)) continue;
        const moved = tf.tidy(() => tf.sub(tf.tensor(inputs[target]!), 10_000).arraySync());
        const there = { ...inputs, [target]: moved };
        expect(evaluate(fn, there).every(Number.isFinite), `${target} values`).toBe(true);
        for (const gradient of Object.values(differentiate(fn, there, policy)))
          expect(gradient.every(Number.isFinite), `${target} gradients`).toBe(true);
      }
    }
  });

  test('frees every tensor but its result', () => {
    const tensors = tensorsFrom(inputs);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) {
      entry.fn(tensors, options).dispose();
      const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) =>
        tf.sum(fn({ ...tensors, ...Object.fromEntries(policy.map((key, k) => [key, xs[k]!])) })),
      )(policy.map((key) => tensors[key]!));
      tf.dispose([value, ...grads]);
    }
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(tensors);
  });

  test('reads no values, so that it can be recorded and compiled', () => {
    const tensors = tensorsFrom(inputs);
    const readSync = vi.spyOn(tf.engine(), 'readSync');
    const read = vi.spyOn(tf.engine(), 'read');
    try {
      tf.grads((...xs: tf.Tensor[]) =>
        tf.sum(fn({ ...tensors, ...Object.fromEntries(policy.map((key, k) => [key, xs[k]!])) })),
      )(policy.map((key) => tensors[key]!));
      expect(readSync).not.toHaveBeenCalled();
      expect(read).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
    }
  });

  test.each(Object.keys(inputs))('refuses %s of another shape, or none, naming the loss and the argument', (key) => {
    const tensors = tensorsFrom(inputs);
    const { [key]: _, ...without } = tensors;
    const rank = shapeOf(inputs[key]!).length;
    for (const shape of [Array.from({ length: rank }, () => 9), [3, 1, 1, 1]]) {
      if (shape.length === 0) continue;
      const wrong = (): unknown => entry.fn({ ...tensors, [key]: tf.zeros(shape) }, options);
      expect(wrong, String(shape)).toThrow(RangeError);
      expect(wrong).toThrow(new RegExp(`^${id.replace('.', '\\.')}: .*${key} .*\\[${shape.join(', ')}\\]`));
    }
    // The mask is every token where it is missing, and the sampling policy the policy itself.
    if (MASKS.test(key) || key === 'kl' || (id === 'policy_gradient' && key === 'lastTokenLogps')) return;
    const missing = (): unknown => entry.fn(without, options);
    expect(missing).toThrow(RangeError);
    expect(missing).toThrow(new RegExp(`^${id.replace('.', '\\.')}: .*${key} missing`));
  });

  test.runIf('beta' in options)('refuses a beta that is not positive and finite', () => {
    for (const beta of [0, -0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1', undefined]) {
      const run = (): unknown => entry.fn(tensorsFrom(inputs), { ...options, beta });
      expect(run).toThrow(RangeError);
      expect(run).toThrow(`${id}: beta must be a positive finite number, got ${String(beta)}.`);
    }
  });

  describe.runIf(masks.length > 0)('its mask', () => {
    const maskFor = (key: string): string | undefined =>
      masks.length === 1
        ? masks[0]
        : /chosen.*(Token|PSq)/i.test(key)
          ? masks[0]
          : /rejected.*(Token|PSq)/i.test(key)
            ? masks[1]
            : undefined;
    const perToken = Object.keys(inputs).filter(
      (key) => !MASKS.test(key) && maskFor(key) !== undefined && shapeOf(inputs[key]!).length > 1,
    );

    test('keeps NaN at padding out of values and gradients', () => {
      const poisoned = Object.fromEntries(
        perToken.map((key) => [
          key,
          (inputs[key] as number[][]).map((row, i) =>
            row.map((x, t) => {
              const kept = (inputs[maskFor(key)!] as number[][])[i]![t] === 1;
              return kept ? x : Array.isArray(x) ? (x as number[]).map(() => Number.NaN) : Number.NaN;
            }),
          ) as tf.TensorLike,
        ]),
      );
      expect(evaluate(fn, { ...inputs, ...poisoned })).toEqual(evaluate(fn, inputs));
      const clean = differentiate(fn, inputs, policy);
      const got = differentiate(fn, { ...inputs, ...poisoned }, policy);
      for (const key of policy)
        expect(
          got[key]!.map((x) => x + 0),
          key,
        ).toEqual(clean[key]!.map((x) => x + 0));
    });

    test('counts every token where it is missing, and may be boolean', () => {
      const ones = Object.fromEntries(
        masks.map((key) => [key, (inputs[key] as number[][]).map((row) => row.map(() => 1))]),
      );
      const without = Object.fromEntries(Object.entries(inputs).filter(([key]) => !MASKS.test(key)));
      expect(evaluate(fn, without)).toEqual(evaluate(fn, { ...inputs, ...ones }));
      const booleans = Object.fromEntries(
        masks.map((key) => [key, (inputs[key] as number[][]).map((row) => row.map((m) => m === 1))]),
      );
      expect(evaluate(fn, { ...inputs, ...(booleans as unknown as Inputs) })).toEqual(evaluate(fn, inputs));
    });

    test('does not care how much padding follows', () => {
      const padded = Object.fromEntries(
        [...perToken, ...masks].map((key) => [
          key,
          (inputs[key] as number[][]).map((row) => [
            ...row,
            MASKS.test(key) ? 0 : Array.isArray(row[0]) ? (row[0] as number[]) : -3,
          ]) as tf.TensorLike,
        ]),
      );
      expect(evaluate(fn, { ...inputs, ...padded })).toEqual(evaluate(fn, inputs));
    });

    test('gives a row without any response token a finite value and no gradient', () => {
      const nothing = Object.fromEntries(
        masks.map((key) => [key, (inputs[key] as number[][]).map((row, i) => (i === 1 ? row.map(() => 0) : row))]),
      );
      expect(evaluate(fn, { ...inputs, ...nothing }).every(Number.isFinite)).toBe(true);
      for (const [key, gradient] of Object.entries(differentiate(fn, { ...inputs, ...nothing }, policy))) {
        const perExample = gradient.length / 3;
        expect(gradient.slice(perExample, 2 * perExample).map(Math.abs), key).toEqual(
          Array.from({ length: perExample }, () => 0),
        );
      }
    });
  });
});
