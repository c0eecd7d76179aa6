import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEngine } from '../../src/engine/index.ts';
import { loadPolicy, type Policy } from '../../src/models/index.ts';
import { createSampler, type GenerateOptions, type GenerateRequest, type Sampler } from '../../src/sampling/index.ts';
import { createSequenceScorer } from '../../src/training/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { GOLDEN_MODELS, caseNames, loadGoldenPolicy, readCase } from '../models/modelCases.ts';

const fixtures = process.env['NASHTUNE_MODEL_FIXTURES'] ?? GOLDEN_MODELS;
const settings = { maxNewTokens: 12, temperature: 1, seed: 7, endToken: 2, padToken: 0, batchSize: 8 };

let policy: Policy;
let sampler: Sampler;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
  sampler = createSampler(policy);
});
afterAll(() => {
  sampler.dispose();
  policy.dispose();
});

const prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13], [20, 21], [30, 31, 32, 33], [40, 41, 42]];
const requests: GenerateRequest[] = prompts.map((promptTokens, i) => ({ key: `request ${i}`, promptTokens }));
const tokensOf = async (list: GenerateRequest[], options: GenerateOptions): Promise<number[][]> =>
  (await sampler.generate(list, options)).map(({ tokenIds }) => tokenIds);

test.each(caseNames(fixtures, 'generation'))(
  '%s at temperature 0 continues as transformers does, in one batch',
  async (name) => {
    const golden = readCase(join(fixtures, name));
    const own = await loadPolicy(golden.folder);
    const ownSampler = createSampler(own);
    const unpadded = golden.left_padded_prompts.map((ids, row) =>
      ids.filter((_, i) => golden.left_padded_mask[row]![i]),
    );
    const promptLists = [golden.greedy_prompt, ...unpadded];
    const expected = [golden.greedy_continuation, ...golden.left_padded_continuations];
    const responses = await ownSampler.generate(
      promptLists.map((promptTokens, row) => ({ key: String(row), promptTokens })),
      {
        maxNewTokens: Math.max(...expected.map(({ length }) => length)),
        temperature: 0,
        seed: 1,
        endToken: -1,
        padToken: 0,
      },
    );
    responses.forEach(({ tokenIds }, row) => expect(tokenIds.slice(0, expected[row]!.length)).toEqual(expected[row]));
    ownSampler.dispose();
    own.dispose();
  },
);

test.each(caseNames(fixtures, 'generation'))('%s draws in bfloat16 what it draws in float32, nearly', async (name) => {
  const own = await loadPolicy(readCase(join(fixtures, name)).folder);
  const ownSampler = createSampler(own);
  const list = Array.from({ length: 5 }, (_, i) => ({ key: `row ${i}`, promptTokens: [5 + i, 6, 7] }));
  const drawing = { maxNewTokens: 2, temperature: 0, seed: 1, endToken: -1, padToken: 0 };
  const exact = await ownSampler.generate(list, drawing);
  const rounded = await ownSampler.generate(list, { ...drawing, bf16: true });
  // Whatever token is the most likely: how likely it is differs by the rounding of factors to 8 bits.
  rounded.forEach(({ tokenLogProbs }, i) =>
    expect(Math.abs(tokenLogProbs[0]! - exact[i]!.tokenLogProbs[0]!)).toBeLessThan(0.05),
  );
  ownSampler.dispose();
  own.dispose();
});

describe('random numbers', () => {
  test('the same seed gives the same tokens, another seed others', async () => {
    const first = await tokensOf(requests, settings);
    expect(await tokensOf(requests, settings)).toEqual(first);
    expect(await tokensOf(requests, { ...settings, seed: 8 })).not.toEqual(first);
  });

  test('the same prompt under different keys gives different answers', async () => {
    const answers = await tokensOf(
      ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, promptTokens: [5, 6, 7] })),
      settings,
    );
    expect(new Set(answers.map(String)).size).toBe(5);
  });

  test('an answer does not depend on its neighbours, their order or the batch size', async () => {
    const together = await tokensOf(requests, settings);
    expect(await tokensOf([...requests].reverse(), settings)).toEqual([...together].reverse());
    for (const [i, request] of requests.entries()) expect(await tokensOf([request], settings)).toEqual([together[i]]);
    expect(await tokensOf(requests, { ...settings, batchSize: 4 })).toEqual(together);
  });

  test('temperature 0 takes the most likely token whatever the seed; a high one strays', async () => {
    const cold = { ...settings, temperature: 0 };
    const likely = await tokensOf(requests, cold);
    expect(await tokensOf(requests, { ...cold, seed: 99 })).toEqual(likely);
    expect(await tokensOf(requests, { ...settings, temperature: 3 })).not.toEqual(likely);
  });
});

describe('responses', () => {
  const many = Array.from({ length: 32 }, (_, i) => ({ key: `many ${i}`, promptTokens: prompts[i % prompts.length]! }));
  // Past position 64 the cache grows.
  const long = { ...settings, maxNewTokens: 56 };

  test('end with the end token and say so, or are cut at the limit', async () => {
    const responses = await sampler.generate(many, { ...long, endToken: 57 });
    const stopped = responses.filter(({ finishReason }) => finishReason === 'stop');
    expect(stopped.length).toBeGreaterThan(0);
    for (const { tokenIds, tokenLogProbs, finishReason } of responses) {
      expect(tokenLogProbs).toHaveLength(tokenIds.length);
      const ends = tokenIds.flatMap((token, i) => (token === 57 ? [i] : []));
      expect(ends).toEqual(finishReason === 'stop' ? [tokenIds.length - 1] : []);
      if (finishReason === 'length') expect(tokenIds).toHaveLength(56);
    }
  });

  test('are the same up to their end whether or not an end token stops them', async () => {
    const free = await sampler.generate(many, { ...long, endToken: -1 });
    const ended = await sampler.generate(many, { ...long, endToken: 57 });
    ended.forEach(({ tokenIds }, i) => expect(free[i]!.tokenIds.slice(0, tokenIds.length)).toEqual(tokenIds));
  });

  test('come with the log-probabilities that scoring them gives, at any temperature', async () => {
    const scorer = createSequenceScorer(policy, { batchSize: 8, padToken: 0, bf16: false });
    for (const temperature of [1, 3]) {
      const responses = await sampler.generate(requests, { ...settings, temperature });
      const scores = await scorer.score(
        responses.map(({ tokenIds }, i) => ({ promptIds: prompts[i]!, completionIds: tokenIds })),
      );
      responses.forEach(({ tokenLogProbs }, i) => {
        expect(tokenLogProbs.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[i]!, 3);
      });
    }
    scorer.dispose();
  });

  test('of one token need no loop', async () => {
    const [response] = await sampler.generate([requests[0]!], { ...settings, maxNewTokens: 1 });
    expect(response!.tokenIds).toHaveLength(1);
  });

  test('fill the context to its last position', async () => {
    const promptTokens = Array.from({ length: 100 }, (_, i) => 3 + i);
    const [response] = await sampler.generate([{ key: 'full', promptTokens }], {
      ...settings,
      endToken: -1,
      maxNewTokens: policy.config.contextLength - 100,
    });
    expect(response!.tokenIds).toHaveLength(28);
  });

  test('of no requests are none', async () => {
    expect(await sampler.generate([], settings)).toEqual([]);
  });
});

test('responses with limits of their own are those without, cut there', async () => {
  const endless = { ...settings, endToken: -1, samples: 2, batchSize: 3 };
  const whole = await tokensOf(requests, endless);
  const limits = requests.map((_, i) => [1 + (i % 5), 12 - i]);
  const limited = requests.map((request, i) => ({ ...request, maxNewTokens: limits[i]! }));
  const cut = await sampler.generate(limited, endless);
  expect(cut.map(({ tokenIds }) => tokenIds)).toEqual(whole.map((ids, at) => ids.slice(0, limits.flat()[at])));
  expect(new Set(cut.map(({ finishReason }) => finishReason))).toEqual(new Set(['length']));
  await expect(sampler.generate([{ ...requests[0]!, maxNewTokens: [0] }], endless)).rejects.toThrow(
    'the maxNewTokens of request 0 must be positive integers, got 0.',
  );
});

test('progress counts requests up to their number', async () => {
  const seen: [number, number][] = [];
  await sampler.generate(requests, {
    ...settings,
    batchSize: 4,
    onProgress: (done, total) => seen.push([done, total]),
  });
  expect(seen).toEqual([
    [4, 6],
    [6, 6],
  ]);
});

test('an aborted signal stops between batches with its reason', async () => {
  const controller = new AbortController();
  const stop = sampler.generate(requests, {
    ...settings,
    batchSize: 4,
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(stop).rejects.toThrow('enough');
});

/** Runs `action` while every weight of the policy's head has another value. */
async function withHeadOf(value: number, action: () => Promise<void>): Promise<void> {
  const head = policy.parameters.get('lm_head.weight')!;
  const own = head.read();
  const other = tf.tidy(() => tf.mul(tf.onesLike(own), value));
  head.assign(other);
  try {
    await action();
  } finally {
    head.assign(own);
    tf.dispose([own, other]);
  }
}

test('a sampler sees the present weights, not those of its first call', async () => {
  const before = await sampler.generate(requests, settings);
  await withHeadOf(0, async () => {
    const [response] = await sampler.generate(requests, settings);
    // Without a head every token has the same probability.
    for (const logProb of response!.tokenLogProbs) expect(logProb).toBeCloseTo(-Math.log(160), 5);
  });
  expect(await sampler.generate(requests, settings)).toEqual(before);
});

test('generating leaks no tensors, failed calls included', async () => {
  await sampler.generate(requests, settings);
  const before = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) await sampler.generate(requests, settings);
  await expect(sampler.generate(requests, { ...settings, maxNewTokens: 0 })).rejects.toThrow(RangeError);
  expect(tf.memory().numTensors).toBe(before);
});

describe('refuses', () => {
  const refusal = (options: Partial<GenerateOptions>, list = requests): Promise<unknown> =>
    sampler.generate(list, { ...settings, ...options });

  test.each([
    ['a negative temperature', { temperature: -1 }],
    ['no temperature', { temperature: Number.NaN }],
    ['no new tokens', { maxNewTokens: 0 }],
    ['half a token', { maxNewTokens: 1.5 }],
    ['a batch of no rows', { batchSize: 0 }],
  ])('%s', async (_, options) => {
    await expect(refusal(options)).rejects.toThrow(RangeError);
  });

  test('a prompt that leaves no room, saying how long it is', async () => {
    await expect(refusal({ maxNewTokens: 124 })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[RangeError: generate: 5 prompt tokens and 124 new ones exceed the context of 128. Drop or cut long prompts first (tokenizePrompts).]`,
    );
  });

  test('a prompt without tokens', async () => {
    await expect(refusal({}, [{ key: 'nothing', promptTokens: [] }])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[RangeError: generate: the prompt of nothing has no tokens.]`,
    );
  });

  test('tokens that the model does not have', async () => {
    const list = [{ key: 'p1', promptTokens: [3, 160] }];
    expect((await userErrorOf(() => refusal({}, list))).message).toMatchInlineSnapshot(
      `"the prompt of p1: token id 160 at position 1, and the model has the ids 0 to 159. Use the tokenizer that belongs to the model."`,
    );
  });

  test('a policy whose weights have diverged', async () => {
    await withHeadOf(Number.POSITIVE_INFINITY, async () => {
      const error = await userErrorOf(() => sampler.generate([requests[0]!], settings));
      expect(error.message).toMatchInlineSnapshot(
        `"The response to request 0: the policy's probabilities are not finite. Sample from a checkpoint from before training diverged."`,
      );
    });
  });
});
