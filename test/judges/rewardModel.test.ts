import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { loadRewardModel, type Answer, type ScoringJudge } from '../../src/judges/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/models/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { goldenJudge, judgeCases, judgeFolder } from './judgeFolder.ts';

const golden = judgeCases<{ prompt: Answer['prompt']; answer: string; score: number }>('reward');
const items = golden.map(({ prompt, answer }, i) => ({ id: String(i), prompt, answer }));

let judge: ScoringJudge;
beforeAll(async () => {
  await startEngine();
  judge = await goldenJudge('reward', loadRewardModel);
});
afterAll(() => judge.dispose());

test('scores are those of transformers, in the order of the answers', async () => {
  const before = tf.memory().numTensors;
  const seen: [number, number][] = [];
  const scores = await judge.score(items, { onProgress: (done, total) => seen.push([done, total]) });
  scores.forEach(({ score, cost }, i) => {
    expect(Math.abs(score! - golden[i]!.score)).toBeLessThan(1e-5);
    expect(cost!.seconds).toBeGreaterThan(0);
  });
  expect(seen.at(-1)).toEqual([items.length, items.length]);
  expect(tf.memory().numTensors).toBe(before);
  expect(await judge.score([])).toEqual([]);
});

describe('preferences', () => {
  const [first, second] = golden as [(typeof golden)[0], (typeof golden)[0]];
  const pair = { id: '', prompt: first.prompt, a: first.answer, b: second.answer };

  test('are the sigmoid of the difference of scores, and one half for equal answers', async () => {
    const [verdict, swapped, equal] = await judge.compare([
      pair,
      { ...pair, a: pair.b, b: pair.a },
      { ...pair, b: pair.a },
    ]);
    expect(verdict!.pFirst).toBeCloseTo(1 / (1 + Math.exp(second.score - first.score)), 5);
    expect(verdict!.pFirst! + swapped!.pFirst!).toBeCloseTo(1, 12);
    expect(equal!.pFirst).toBe(0.5);
    expect(JSON.parse(verdict!.raw!)).toEqual([
      { score: expect.closeTo(first.score, 5) },
      { score: expect.closeTo(second.score, 5) },
    ]);
  });

  test('are sharper at a lower temperature, which is above zero', async () => {
    const folder = await judgeFolder('reward');
    const sharp = await loadRewardModel(folder, { temperature: 0.1 });
    const [verdict] = await sharp.compare([pair]);
    sharp.dispose();
    expect(verdict!.pFirst).toBeCloseTo(1 / (1 + Math.exp(10 * (second.score - first.score))), 4);
    expect((await userErrorOf(() => loadRewardModel(folder, { temperature: 0 }))).message).toMatch(/is 0, expected/);
  });
});

test('a conversation longer than the context is scored by its end, an answer that alone is longer is not', async () => {
  const [short, long] = [20, 300].map((count) => 'so '.repeat(count)) as [string, string];
  const [a, b, c] = await judge.score([
    { ...items[0]!, prompt: [{ role: 'user', content: long }], answer: short },
    { ...items[0]!, prompt: [{ role: 'user', content: `before ${long}` }], answer: short },
    { ...items[0]!, answer: long },
  ]);
  expect(a!.score).toBeCloseTo(b!.score!, 5);
  expect(c!.error).toMatch(/^the answer has \d+ tokens, and the judge takes \d+$/);
  expect(c).not.toHaveProperty('score');
});

test('an aborted signal stops with its reason', async () => {
  await expect(judge.score(items, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

test('a number that is none is an error of its rows, of scores and of verdicts', async () => {
  const folder = await judgeFolder('reward');
  const weights = await readSafetensors(folder);
  weights.get('score.weight')!.data.fill(3e38);
  weights.get('model.norm.weight')!.data.fill(3e38);
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  const broken = await loadRewardModel(folder);
  const [score] = await broken.score([items[0]!]);
  const [verdict] = await broken.compare([{ ...items[0]!, a: 'x', b: 'y' }]);
  broken.dispose();
  for (const row of [score, verdict]) expect(row).toMatchObject({ error: 'the reward model computed no number' });
  expect(verdict).not.toHaveProperty('pFirst');
});

/** Why a golden folder is refused whose config.json is changed. */
async function refusal(change: Record<string, unknown>): Promise<string> {
  const folder = await judgeFolder('reward');
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...config, ...change }));
  return (await userErrorOf(() => loadRewardModel(folder))).message;
}

test('a folder with several labels, without a head, or with the tokenizer of a larger model is refused', async () => {
  expect(await refusal({ id2label: { 0: 'bad', 1: 'good' } })).toMatch(/one label, this one has 2/);
  expect(await refusal({ architectures: ['LlamaForCausalLM'] })).toMatch(/a language model, which has no score/);
  expect(await refusal({ vocab_size: 100 })).toMatch(/tokenizer has 2048 tokens, the model 100/);
});
