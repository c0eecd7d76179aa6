import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { loadPairPreferenceLm, type Comparison, type Judge } from '../../src/judges/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { goldenJudge, judgeCases, judgeFolder } from './judgeFolder.ts';

const golden = judgeCases<Omit<Comparison, 'id'> & { forward: number; backward: number }>('pair_lm');
const items = golden.map(({ prompt, a, b }, i) => ({ id: String(i), prompt, a, b }));

let judge: Judge;
beforeAll(async () => {
  await startEngine();
  judge = await goldenJudge('pair_lm', loadPairPreferenceLm);
});
afterAll(() => judge.dispose());

describe('verdicts', () => {
  test('average the probabilities of A against B that transformers computes for both orders', async () => {
    const before = tf.memory().numTensors;
    const verdicts = await judge.compare(items);
    verdicts.forEach(({ pFirst, raw }, i) => {
      const { forward, backward } = golden[i]!;
      expect(JSON.parse(raw!)).toEqual({ forward: expect.closeTo(forward, 5), backward: expect.closeTo(backward, 5) });
      expect(pFirst).toBeCloseTo((forward + 1 - backward) / 2, 5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('of swapped answers add up to one, and each ordered pair is asked once', async () => {
    let total = 0;
    const swapped = items.map((item) => ({ ...item, a: item.b, b: item.a }));
    const verdicts = await judge.compare([...items, ...swapped], { onProgress: (_, all) => (total = all) });
    items.forEach((_, i) => {
      expect(verdicts[i]!.pFirst! + verdicts[i + items.length]!.pFirst!).toBeCloseTo(1, 12);
    });
    expect(total).toBe(2 * items.length);
  });

  test('of equal answers are one half without a question', async () => {
    const [verdict] = await judge.compare([{ ...items[0]!, a: 'x', b: 'x' }]);
    expect(verdict).toEqual({ pFirst: 0.5, cost: { seconds: 0 } });
    expect(await judge.compare([])).toEqual([]);
  });

  test('do not exist where a question is longer than the context', async () => {
    const long = { ...items[0]!, a: 'so '.repeat(300) };
    const [error, verdict] = await judge.compare([long, items[0]!]);
    expect(error).toEqual({
      error: expect.stringMatching(/^the question has \d+ tokens, .* takes 128$/),
      cost: { seconds: 0 },
    });
    expect(verdict!.pFirst).toBeCloseTo((golden[0]!.forward + 1 - golden[0]!.backward) / 2, 5);
  });
});

test('a tokenizer without a chat template is refused', async () => {
  const folder = await judgeFolder('pair_lm');
  await rm(join(folder, 'chat_template.jinja'));
  expect((await userErrorOf(() => loadPairPreferenceLm(folder))).message).toMatch(/there is no chat template/);
});

test('a reward model is refused', async () => {
  const folder = await judgeFolder('reward');
  expect((await userErrorOf(() => loadPairPreferenceLm(folder))).message).toMatch(/a reward model, which cannot write/);
});
