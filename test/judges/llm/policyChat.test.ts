import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer, renderChat, type Tokenizer } from '../../../datasets/index.ts';
import { startEngine } from '../../../src/engine/index.ts';
import { createAlpacaEvalJudge, createPolicyChat, type ChatModel } from '../../../src/judges/index.ts';
import { createPolicy, parseDecoderConfig, type Policy } from '../../../src/models/index.ts';
import { createSampler } from '../../../src/sampling/index.ts';
import { BASE_POLICY } from '../../../src/world/assetPaths.ts';

const MESSAGES = [{ role: 'user', content: 'Name two fruits, please.' }];

let policy: Policy;
let tokenizer: Tokenizer;
let model: ChatModel & { dispose(): void };

beforeAll(async () => {
  await startEngine();
  tokenizer = await loadTokenizer(BASE_POLICY);
  // The shipped policy's context is too short for a judge's prompt, and one small layer compiles faster.
  const shipped = JSON.parse(await readFile(join(BASE_POLICY, 'config.json'), 'utf8')) as Record<string, unknown>;
  const sizes = { hidden_size: 16, intermediate_size: 16, head_dim: 4, num_hidden_layers: 1 };
  policy = createPolicy(parseDecoderConfig({ ...shipped, ...sizes, max_position_embeddings: 1024 }, 'test'), 1);
  model = createPolicyChat({ policy, tokenizer, id: 'random policy' });
});

afterAll(() => {
  model.dispose();
  policy.dispose();
});

describe('a policy as a model to ask', () => {
  test('tells the log-probabilities of the next token that its sampler has', async () => {
    const text = renderChat(tokenizer, MESSAGES, { addGenerationPrompt: true });
    const promptTokens = tokenizer.encode(text, { addSpecialTokens: false });
    const sampler = createSampler(policy);
    const settings = { maxNewTokens: 1, temperature: 0, seed: 0, endToken: -1, padToken: 0 };
    const [greedy] = await sampler.generate([{ key: 'x', promptTokens }], settings);
    sampler.dispose();
    const request = { messages: MESSAGES, maxTokens: 1, temperature: 0, topLogProbs: 5 };
    const [{ text: said, tokens, cost } = { cost: null }, sampled] = await model.ask([
      request,
      { ...request, temperature: 1, topLogProbs: 3 },
    ]);
    expect(said).toBe(tokenizer.decode(greedy!.tokenIds));
    expect(tokens![0]!.token).toBe(said);
    expect(Math.max(...Object.values(tokens![0]!.top))).toBeCloseTo(greedy!.tokenLogProbs[0]!, 3);
    expect(cost).toMatchObject({ promptTokens: promptTokens.length, completionTokens: 1 });
    expect(Object.keys(sampled!.tokens![0]!.top).length).toBeLessThanOrEqual(3);
  });

  test('tells the likeliest tokens in their order, and of the words that are wanted no other', async () => {
    const request = { messages: MESSAGES, maxTokens: 1, temperature: 0 };
    const words = ['m', 'M', '?'];
    const [all, some, wanted] = await model.ask([
      { ...request, topLogProbs: policy.config.vocabSize },
      { ...request, topLogProbs: 20 },
      { ...request, topLogProbs: policy.config.vocabSize, words },
    ]);
    const [every, top, named] = [all, some, wanted].map((answer) => answer!.tokens![0]!.top) as [
      Record<string, number>,
      Record<string, number>,
      Record<string, number>,
    ];
    const sorted = Object.entries(every).sort(([, a], [, b]) => b - a);
    const likeliest = Object.entries(top).sort(([, a], [, b]) => b - a);
    expect(likeliest.length).toBeGreaterThan(15);
    expect(likeliest).toEqual(sorted.slice(0, likeliest.length));
    expect(named).toEqual(Object.fromEntries(words.filter((w) => w in every).map((w) => [w, every[w]])));
    expect(Object.keys(named).length).toBeGreaterThan(1);
  });

  test('gives the same answers again, other ones to other samples, and an error where there is no room', async () => {
    const request = { messages: MESSAGES, maxTokens: 8, temperature: 1 };
    const requests = [request, { ...request, sample: 1 }, { ...request, maxTokens: 1024 }];
    const answers = await model.ask(requests);
    expect(answers[0]!.text).not.toBe(answers[1]!.text);
    expect(answers[2]!.error).toContain('exceed the context of 1024');
    const again = await model.ask(requests);
    expect(again.map(({ text }) => text)).toEqual(answers.map(({ text }) => text));
  });

  test('judges by itself, the same in either order', async () => {
    const judge = createAlpacaEvalJudge(model, { rungs: ['logprobs'], topLogProbs: 1024 });
    const item = { id: '1', prompt: MESSAGES, a: 'Apples and pears.', b: 'No.' };
    const [verdict, swapped] = await judge.compare([item, { ...item, a: item.b, b: item.a }]);
    expect(verdict!.error).toBeUndefined();
    expect(verdict!.pFirst).toBeGreaterThan(0);
    expect(verdict!.pFirst).toBeLessThan(1);
    expect(verdict!.pFirst! + swapped!.pFirst!).toBeCloseTo(1, 4);
    expect(JSON.parse(verdict!.raw!)).toMatchObject([{ by: 'logprobs' }, { by: 'logprobs' }]);
  });
});
