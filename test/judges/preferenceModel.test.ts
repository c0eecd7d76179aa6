import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer, type Tokenizer } from '../../datasets/index.ts';
import { randomStream } from '../../src/base/seed.ts';
import { startEngine } from '../../src/engine/index.ts';
import {
  HEAD_WEIGHT,
  PREFERENCE_WIDTH,
  answerBatch,
  encodeAnswer,
  loadPreferenceModel,
  type Comparison,
  type Judge,
} from '../../src/judges/index.ts';
import {
  QUALITIES,
  SHIPPED_JUDGE,
  composeAnswer,
  goodAnswer,
  promptText,
  shippedPrompts,
} from '../../src/world/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS } from '../models/modelCases.ts';
import { TINY_CONFIG, tinyWeights, writeTinyJudge } from './tinyJudge.ts';

let folder: string;
let judge: Judge;
let tokenizer: Tokenizer;
beforeAll(async () => {
  await startEngine();
  folder = await mkdtemp(join(tmpdir(), 'nashtune-judge-'));
  await writeTinyJudge(folder);
  judge = await loadPreferenceModel(folder);
  tokenizer = await loadTokenizer(folder);
});
afterAll(async () => {
  judge.dispose();
  await rm(folder, { recursive: true });
});

const user = (content: string): Comparison['prompt'] => [{ role: 'user', content }];
const WORDS = ['river', 'stone', 'house', 'the king', 'sings', 'walks', 'today', 'quietly', 'red bird', ''];
/** Comparisons of answers of many lengths, on a few prompts. */
function comparisons(count: number): Comparison[] {
  const random = randomStream(1, 'comparisons');
  const text = (): string => Array.from({ length: random.integer(12) }, () => random.pick(WORDS)).join(' ');
  return Array.from({ length: count }, (_, i) => ({
    id: String(i),
    prompt: user(`Tell me about ${random.pick(WORDS)}`),
    a: text(),
    b: text(),
  }));
}

async function probabilities(items: readonly Comparison[]): Promise<number[]> {
  return (await judge.compare(items)).map(({ pFirst }) => pFirst!);
}

test('answers of hundreds of tokens run in smaller batches, and have the verdicts that they have alone', async () => {
  const long = await temporaryFolder();
  await writeTinyJudge(long);
  const path = join(long, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, max_position_embeddings: 1024 }));
  const reader = await loadPreferenceModel(long);
  const random = randomStream(2, 'long answers');
  const text = (): string => Array.from({ length: 100 + random.integer(200) }, () => random.pick(WORDS)).join(' ');
  const items = Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, prompt: user('Hi'), a: text(), b: text() }));
  const together = await reader.compare(items);
  for (const at of [0, 30, 59]) {
    const [alone] = await reader.compare([items[at]!]);
    expect(together[at]!.pFirst).toBeCloseTo(alone!.pFirst!, 4);
  }
  expect(new Set(together.map(({ pFirst }) => pFirst!.toFixed(3))).size).toBeGreaterThan(10);
  reader.dispose();
});

describe('verdicts', () => {
  const items = comparisons(100);

  test('are probabilities that differ from one another', async () => {
    const found = await probabilities(items);
    for (const p of found) expect(p > 0 && p < 1).toBe(true);
    expect(new Set(found).size).toBeGreaterThan(50);
  });

  test('of swapped answers add up to one', async () => {
    const found = await probabilities(items);
    const swapped = await probabilities(items.map((item) => ({ ...item, a: item.b, b: item.a })));
    found.forEach((p, i) => expect(Math.abs(p + swapped[i]! - 1)).toBeLessThan(1e-5));
  });

  test('of an answer against itself are one half, exactly, the empty one included', async () => {
    const found = await probabilities(items.map((item) => ({ ...item, b: item.a })));
    expect(found).toEqual(items.map(() => 0.5));
    expect(await probabilities([{ id: '', prompt: user('Hello'), a: '', b: '' }])).toEqual([0.5]);
  });

  test('are exactly antisymmetric within one call', async () => {
    const both = await probabilities(items.flatMap((item) => [item, { ...item, a: item.b, b: item.a }]));
    for (let i = 0; i < both.length; i += 2) expect(both[i]! + both[i + 1]!).toBeCloseTo(1, 15);
  });

  test('come in the order of the items, whatever is judged beside them', async () => {
    const found = await probabilities(items);
    const reversed = await probabilities(items.toReversed());
    found.forEach((p, i) => expect(reversed.at(-1 - i)).toBeCloseTo(p, 5));
    const some = await probabilities(items.slice(0, 3));
    some.forEach((p, i) => expect(p).toBeCloseTo(found[i]!, 5));
  });

  test('depend on the conversation', async () => {
    const [first, second] = await probabilities(
      ['river', 'a very different thing'].map((about) => ({ id: '', prompt: user(about), a: 'house', b: 'red bird' })),
    );
    expect(Math.abs(first! - second!)).toBeGreaterThan(1e-4);
  });

  test('of no items are none', async () => {
    expect(await judge.compare([])).toEqual([]);
  });

  test('exist for conversations longer than the context, and are errors for answers that alone are', async () => {
    const long = 'stone house '.repeat(200);
    const [cut, failed] = await judge.compare([
      { id: '', prompt: user(long), a: 'red bird', b: 'king' },
      { id: '', prompt: user('Hi'), a: `${long} more`, b: long },
    ]);
    expect(cut!.pFirst).not.toBe(0.5);
    expect(failed!.error).toMatch(/^the answer has \d+ tokens, and the judge takes \d+$/);
    expect(failed).not.toHaveProperty('pFirst');
  });

  test('leak no tensors', async () => {
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await judge.compare(items);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('each different answer is embedded once, in one batch, and progress counts comparisons', async () => {
  const texts = Array.from({ length: 12 }, (_, i) => `bird ${'red '.repeat(i)}`);
  const matrix = texts.flatMap((a) => texts.map((b) => ({ id: '', prompt: user('Hello'), a, b })));
  const seen: [number, number][] = [];
  await judge.compare(matrix, { onProgress: (done, total) => seen.push([done, total]) });
  expect(seen).toEqual([[144, 144]]);
});

test('an aborted signal stops between batches with its reason', async () => {
  const controller = new AbortController();
  const stop = judge.compare(comparisons(100), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(stop).rejects.toThrow('enough');
});

test('the identity of a judge follows from its weights', async () => {
  const other = await temporaryFolder();
  const weights = tinyWeights();
  await writeTinyJudge(other, weights);
  const same = await loadPreferenceModel(other);
  weights.get(HEAD_WEIGHT)!.data[0]! += 1;
  await writeTinyJudge(other, weights);
  const different = await loadPreferenceModel(other);
  expect(same.id).toBe(judge.id);
  expect(different.id).not.toBe(judge.id);
  expect(judge.id).toMatch(/^preference-model:[0-9a-f]{16}$/);
  same.dispose();
  different.dispose();
});

describe('encoding an answer', () => {
  const end = 2;

  test('puts it after the conversation, as the chat template writes it, with one end token', () => {
    const { ids, answerStart } = encodeAnswer(tokenizer, user('Hello'), 'river', 64);
    expect(tokenizer.decode(ids.slice(answerStart))).toBe('river<|im_end|>');
    expect(ids.at(-1)).toBe(end);
    expect(tokenizer.decode(ids.slice(0, answerStart))).toMatch(/Hello[^]*assistant\n$/);
  });

  test('cuts the start of a long conversation, and keeps its end', () => {
    const whole = encodeAnswer(tokenizer, user('stone '.repeat(100)), 'river', 10_000);
    const { ids, answerStart } = encodeAnswer(tokenizer, user('stone '.repeat(100)), 'river', 30);
    expect(ids).toEqual(whole.ids.slice(-30));
    expect(ids.slice(answerStart)).toEqual(whole.ids.slice(whole.answerStart));
  });

  test('cuts the end of an answer that fills the context, and keeps its start', () => {
    const answerIds = tokenizer.encode('stone '.repeat(100), { addSpecialTokens: false });
    const { ids, answerStart } = encodeAnswer(tokenizer, user('Hello'), 'stone '.repeat(100), 30);
    expect(answerStart).toBe(0);
    expect(ids).toEqual([...answerIds.slice(0, 29), end]);
  });

  test('leaves an empty answer its end token', () => {
    const { ids, answerStart } = encodeAnswer(tokenizer, user('Hello'), '', 64);
    expect(ids.slice(answerStart)).toEqual([end]);
  });
});

test('batches are padded to a multiple of 32, missing rows repeat the first, shares of an answer add up to one', async () => {
  const { ids, share, last } = answerBatch([{ ids: [5, 6, 7, 2], answerStart: 1 }], 2, 9);
  expect(ids.shape).toEqual([2, 32]);
  const row = [5, 6, 7, 2, ...Array.from({ length: 28 }, () => 9)];
  expect(Array.from(await ids.data())).toEqual([...row, ...row]);
  expect(Array.from((await share.data()).slice(0, 5))).toEqual([0, ...[1, 1, 1].map((x) => Math.fround(x / 3)), 0]);
  expect(Array.from((await last.data()).slice(0, 5))).toEqual([0, 0, 0, 1, 0]);
});

/** What loading a preference model says after `change` to its folder. */
async function broken(change: (copy: string) => Promise<unknown>): Promise<{ code: string; message: string }> {
  const copy = await temporaryFolder();
  await writeTinyJudge(copy);
  await change(copy);
  return userErrorOf(() => loadPreferenceModel(copy), copy);
}

describe('loading refuses', () => {
  test('a folder that does not exist', async () => {
    const { message } = await userErrorOf(() => loadPreferenceModel('no/such/folder'));
    expect(message).toMatchInlineSnapshot(
      `"no/such/folder/config.json: no such file. Give a model folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json)."`,
    );
  });

  test('a policy in place of a judge', async () => {
    const { code, message } = await userErrorOf(() => loadPreferenceModel(join(GOLDEN_MODELS, 'llama')), GOLDEN_MODELS);
    expect(code).toBe('judge.notPreferenceModel');
    expect(message).toMatchInlineSnapshot(
      `"./llama/model.safetensors: not a preference model: it has no preference_head.weight. Give the folder of a nashtune preference model."`,
    );
  });

  test('a head of another width', async () => {
    const { message } = await broken((copy) => {
      const shape = [PREFERENCE_WIDTH + 1, 2 * TINY_CONFIG.hiddenSize];
      const head = { shape, data: new Float32Array(shape[0]! * shape[1]!) };
      return writeTinyJudge(copy, tinyWeights().set(HEAD_WEIGHT, head));
    });
    expect(message).toMatchInlineSnapshot(
      `"./model.safetensors: preference_head.weight has shape [10, 32], expected [9, 32]. Use the config.json and the weights of one and the same model."`,
    );
  });

  test('weights that are not finite', async () => {
    const weights = tinyWeights();
    weights.get('model.norm.weight')!.data[0] = Number.NaN;
    expect((await broken((copy) => writeTinyJudge(copy, weights))).code).toBe('weights.notFinite');
  });

  test('truncated weights', async () => {
    const { code } = await broken(async (copy) => {
      const path = join(copy, 'model.safetensors');
      await writeFile(path, (await readFile(path)).subarray(0, 5000));
    });
    expect(code).toBe('weights.broken');
  });

  test('a folder without tokenizer', async () => {
    expect((await broken((copy) => rm(join(copy, 'tokenizer.json')))).code).toMatch(/^(tokenizer|data|input)\./);
  });

  test('a tokenizer with more tokens than the model, or without end token', async () => {
    const { message } = await broken(async (copy) => {
      const smaller = {
        ...(JSON.parse(await readFile(join(copy, 'config.json'), 'utf8')) as object),
        vocab_size: 1000,
      };
      await writeFile(join(copy, 'config.json'), JSON.stringify(smaller));
      const path = join(copy, 'tokenizer_config.json');
      const { eos_token: _, ...rest } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, JSON.stringify(rest));
    });
    expect(message).toMatchInlineSnapshot(
      `".: the tokenizer has 2048 tokens, the model 1000; the tokenizer names no eos_token. Use the tokenizer that was saved with the preference model."`,
    );
  });
});

test('the shipped judge prefers good answers to flawed ones on prompts it has not seen', async () => {
  const own = await loadPreferenceModel(SHIPPED_JUDGE);
  const random = randomStream(1, 'shipped judge test');
  const items = shippedPrompts()
    .heldOut.slice(0, 40)
    .map((prompt) => ({
      id: prompt.id,
      prompt: prompt.messages,
      a: goodAnswer(promptText(prompt), random),
      b: composeAnswer(promptText(prompt), QUALITIES, random),
    }));
  const verdicts = await own.compare(items);
  const right = verdicts.filter(({ pFirst }) => pFirst! > 0.5).length;
  expect(right).toBeGreaterThanOrEqual(38);
  own.dispose();
});
