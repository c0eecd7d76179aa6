import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createEntropyProfiler } from '../../../bench/contamination/entropyProfiler.ts';
import { startEngine } from '../../../src/engine/index.ts';
import { loadPolicy } from '../../../src/models/index.ts';
import { expectedLogits, GOLDEN_MODELS, readCase } from '../../models/modelCases.ts';

const TOP = 50;

test("the entropies of an answer are those of transformers' logits, whatever the length it is padded to", async () => {
  await startEngine();
  const folder = join(GOLDEN_MODELS, 'gemma2_softcap');
  const policy = await loadPolicy(folder);
  const { vocabSize } = policy.config;
  const { input_ids: ids } = readCase(folder);
  const logits = await expectedLogits(folder);
  const profiler = createEntropyProfiler(policy);
  // Row 1 has 17 tokens; of row 0 one token is the answer.
  for (const { row, start, end } of [
    { row: 0, start: 9, end: 24 },
    { row: 1, start: 5, end: 17 },
    { row: 0, start: 23, end: 24 },
  ]) {
    const text = ids[row]!;
    const entropies = await profiler.profile({ prompt: text.slice(0, start), answer: text.slice(start, end) });
    const expected = Array.from({ length: end - start }, (_, at) => {
      const before = (row * text.length + start + at - 1) * vocabSize;
      return entropyOf(Array.from(logits.subarray(before, before + vocabSize)));
    });
    expect(entropies).toEqual(expected.map((value) => expect.closeTo(value, 4)));
  }
  profiler.dispose();
  policy.dispose();
});

/** Entropy of the likeliest tokens by its definition, nats. */
function entropyOf(logits: readonly number[]): number {
  const weights = logits
    .toSorted((a, b) => b - a)
    .slice(0, TOP)
    .map(Math.exp);
  const total = weights.reduce((a, b) => a + b);
  return -weights.reduce((sum, weight) => sum + (weight / total) * Math.log(weight / total), 0);
}
