import { expect, test } from 'vitest';

import { limitOf } from '../../../bench/peerTable/limitOf.ts';
import { TABLE_MODEL } from '../../../bench/peerTable/peerRows.ts';
import { generateFlopsPerToken, GENERATE_TERMS, trainFlopsPerToken, TRAIN_TERMS } from '../../../bench/terms.ts';

const common = { model: 'm', seed: 1, threads: 2, device: 'cpu', padToken: 0 } as const;
const ids = (count: number): number[] => Array.from({ length: count }, () => 1);
const fast = 1e9;

test('training is bound by its products: full rows as LOG.md counts them, less the half of attention that is masked', () => {
  const pair = { prompt_ids: ids(1), chosen_ids: ids(255), rejected_ids: ids(255) };
  const job = { ...common, kind: 'train', precision: 'bf16', pairs: [pair] } as never;
  const limit = limitOf(job, TABLE_MODEL, { gflops: { fp32: 1, bf16: 100 }, gigabytes: fast });
  const whole = 100e9 / trainFlopsPerToken(TRAIN_TERMS);
  const attention = (12 * 8 * 256 * 512) / trainFlopsPerToken(TRAIN_TERMS);
  expect(limit / whole).toBeCloseTo(1 / (1 - attention / 2), 2);
});

test('a prompt that two answers share is computed once and counts twice', () => {
  const limit = (prompt: number): number => {
    const pair = { prompt_ids: ids(prompt), chosen_ids: ids(10), rejected_ids: ids(10) };
    const job = { ...common, kind: 'train', precision: 'fp32', pairs: [pair] } as never;
    return limitOf(job, TABLE_MODEL, { gflops: { fp32: 100, bf16: 1 }, gigabytes: fast });
  };
  expect(limit(400) / limit(1)).toBeGreaterThan(1.8);
});

test('decoding is bound by its products or by the bytes of weights and caches', () => {
  const { rows, promptTokens, newTokens } = GENERATE_TERMS;
  const prompts = Array.from({ length: rows }, () => ids(promptTokens));
  const job = { ...common, kind: 'generate', precision: 'fp32', prompts, newTokens, steps: 1 } as const;
  const byProducts = limitOf(job, TABLE_MODEL, { gflops: { fp32: 100, bf16: 1 }, gigabytes: fast });
  expect(byProducts / (100e9 / generateFlopsPerToken(GENERATE_TERMS))).toBeCloseTo(1, 2);
  // A step reads 33.7M weights, and of each row the keys and values of 160 positions in the mean.
  const byBytes = limitOf(job, TABLE_MODEL, { gflops: { fp32: fast, bf16: fast }, gigabytes: 10 });
  const bytes = 4 * (33.7e6 + rows * 160.5 * 2 * 8 * 512);
  expect(byBytes / (rows / (bytes / 10e9))).toBeCloseTo(1, 2);
  const half = limitOf({ ...job, precision: 'bf16' }, TABLE_MODEL, {
    gflops: { fp32: fast, bf16: fast },
    gigabytes: 10,
  });
  expect(half / byBytes).toBeCloseTo(2, 9);
});
