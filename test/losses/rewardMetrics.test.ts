import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';

import { rewardMetrics } from '../../losses/index.ts';
import type { PairLogps } from '../../losses/index.ts';
import { tensorsOf } from './randomPairs.ts';
import type { Batch } from './randomPairs.ts';

function metricsOf(batch: Batch, beta: number): Record<string, number> {
  const metrics = tf.tidy(() => rewardMetrics(tensorsOf(batch) as PairLogps, { beta }));
  const plain = Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]!] as const);
  tf.dispose(metrics);
  return Object.fromEntries(plain);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('has the values derived by hand, a tie counting one half', () => {
  // Log-ratios of the chosen responses 1, -1, 2 and -2, of the rejected -1, 1, 2 and -4: won, lost, tied, won.
  const batch = {
    policyChosenLogps: [-10, -20, -30, -42],
    refChosenLogps: [-11, -19, -32, -40],
    policyRejectedLogps: [-12, -18, -33, -54],
    refRejectedLogps: [-11, -19, -35, -50],
  };
  expect(metricsOf(batch, 0.5)).toEqual({
    'rewards/chosen': 0,
    'rewards/rejected': -0.25,
    'rewards/margins': 0.25,
    'rewards/accuracies': 0.625,
    'rewards/accuracies_strict': 0.5,
    'logps/chosen': -25.5,
    'logps/rejected': -29.25,
    'logratios/chosen': 0,
    'logratios/rejected': -0.5,
  });
});

test('reads one half, not zero, before the first step', () => {
  const logps = { policyChosenLogps: [-3, -5], refChosenLogps: [-3, -5] };
  const start = { ...logps, policyRejectedLogps: [-4, -4], refRejectedLogps: [-4, -4] };
  const metrics = metricsOf(start, 0.1);
  expect(metrics['rewards/accuracies']).toBe(0.5);
  expect(metrics['rewards/accuracies_strict']).toBe(0);
});

test('frees everything but the scalars it returns', () => {
  const key = [-1, -2];
  const inputs = tensorsOf({
    policyChosenLogps: key,
    policyRejectedLogps: key,
    refChosenLogps: key,
    refRejectedLogps: key,
  }) as PairLogps;
  const before = tf.memory().numTensors;
  const metrics = rewardMetrics(inputs, { beta: 0.1 });
  expect(Object.values(metrics).map(({ shape }) => shape)).toEqual(Object.keys(metrics).map(() => []));
  tf.dispose(metrics);
  expect(tf.memory().numTensors).toBe(before);
  expect(() => rewardMetrics(inputs, { beta: 0 })).toThrow('rewardMetrics: beta must be a positive finite number');
});
