import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { engineMemory, startEngine } from '../../src/engine/index.ts';
import type { Policy } from '../../src/models/index.ts';
import {
  createSampler,
  type GeneratedResponse,
  type GenerateOptions,
  type GenerateRequest,
  type Sampler,
} from '../../src/sampling/index.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';
import { shortRequests, shortSettings, shortTokens } from './shortRun.ts';

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

/** Eight of 160 tokens end a response: lengths are about 20 in the mean and very different. */
const settings: GenerateOptions = {
  maxNewTokens: 60,
  temperature: 1,
  seed: 4,
  endToken: 57,
  stopTokens: [11, 22, 33, 44, 66, 77, 88],
  padToken: 0,
  batchSize: 8,
};
const ends = new Set([settings.endToken, ...settings.stopTokens!]);
const requests: GenerateRequest[] = Array.from({ length: 40 }, (_, i) => ({
  key: `request ${i}`,
  promptTokens: Array.from({ length: 1 + ((i * 5) % 24) }, (_, j) => 3 + ((i * 7 + j) % 150)),
}));
const generate = (options: Partial<GenerateOptions> = {}, list = requests): Promise<GeneratedResponse[]> =>
  sampler.generate(list, { ...settings, ...options });
const tokensOf = (responses: GeneratedResponse[]): number[][] => responses.map(({ tokenIds }) => tokenIds);

/** A text in which tokens have borders. */
const decode = (ids: readonly number[]): string => ids.map((id) => `<${id}>`).join('');

describe('a response is the same', () => {
  test.each([1, 2, 5, 64])('with %i rows, and so with other neighbours', async (batchSize) => {
    const list = requests.slice(0, batchSize === 1 ? 6 : undefined);
    const responses = await generate();
    const others = await generate({ batchSize }, list);
    expect(tokensOf(others)).toEqual(tokensOf(responses.slice(0, list.length)));
    others.forEach(({ tokenLogProbs }, i) =>
      tokenLogProbs.forEach((value, j) => expect(value).toBeCloseTo(responses[i]!.tokenLogProbs[j]!, 3)),
    );
  });

  test('when the last responses move to a quarter of the rows', async () => {
    // Two halves of 64 rows, then of 16; with eight rows nothing moves.
    const options = { samples: 4, repetitionPenalty: 1.1 };
    const many = await generate({ ...options, batchSize: 128 });
    expect(many.filter(({ tokenIds }) => tokenIds.length > 40).length).toBeLessThan(32);
    expect(tokensOf(many)).toEqual(tokensOf(await generate(options)));
  });

  test('whatever else is asked for, and in whatever order', async () => {
    const responses = await generate();
    const some = requests.filter((_, i) => i % 3 === 0).reverse();
    expect(tokensOf(await generate({}, some))).toEqual(tokensOf(responses.filter((_, i) => i % 3 === 0).reverse()));
  });
});

test('each of several stop tokens ends a response', async () => {
  const responses = await generate();
  const last = new Set<number>();
  for (const { tokenIds, tokenLogProbs, finishReason } of responses) {
    expect(tokenLogProbs).toHaveLength(tokenIds.length);
    const stops = tokenIds.flatMap((token, i) => (ends.has(token) ? [i] : []));
    expect(stops).toEqual(finishReason === 'stop' ? [tokenIds.length - 1] : []);
    if (finishReason === 'length') expect(tokenIds).toHaveLength(settings.maxNewTokens);
    else last.add(tokenIds.at(-1)!);
  }
  expect(last.size).toBeGreaterThan(3);
  expect(new Set(responses.map(({ tokenIds }) => tokenIds.length)).size).toBeGreaterThan(10);
});

describe('several samples of a prompt', () => {
  test('stand together, differ, and are the same however many there are', async () => {
    const list = requests.slice(0, 10);
    const three = tokensOf(await generate({ samples: 3 }, list));
    const one = tokensOf(await generate({}, list));
    expect(three).toHaveLength(30);
    expect(three.filter((_, i) => i % 3 === 0)).toEqual(one);
    for (let i = 0; i < 30; i += 3) expect(new Set(three.slice(i, i + 3).map(String)).size).toBe(3);
    const two = tokensOf(await generate({ samples: 2 }, list));
    expect(two).toEqual(three.filter((_, i) => i % 3 < 2));
  });

  test('may be more than there are rows', async () => {
    const twenty = tokensOf(await generate({ samples: 20 }, requests.slice(0, 2)));
    expect(twenty.slice(0, 3)).toEqual(tokensOf(await generate({ samples: 3 }, requests.slice(0, 1))));
  });
});

describe('any number of prompts', () => {
  const many = Array.from({ length: 200 }, (_, i) => ({ ...requests[i % requests.length]!, key: `many ${i}` }));

  test('need memory for a fixed number of rows', async () => {
    const peak = async (list: GenerateRequest[]): Promise<number> => {
      let most = 0;
      await generate({ onProgress: () => (most = Math.max(most, engineMemory().tensorBytes)) }, list);
      return most;
    };
    await generate({}, many);
    const small = await peak(requests);
    // Not equal: which prompts stand in memory when a response ends is another matter. All of them would be five times as much.
    expect(await peak(many)).toBeLessThanOrEqual(small * 1.2);
  });

  test('are all answered, and progress counts them', async () => {
    const seen: number[] = [];
    const responses = await generate(
      {
        onProgress: (done, total) => {
          expect(total).toBe(200);
          seen.push(done);
        },
      },
      many,
    );
    expect(responses).toHaveLength(200);
    expect(seen.at(-1)).toBe(200);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    // Rows are refilled while others run: far more often than 200 / 8 times some end.
    expect(seen.length).toBeGreaterThan(30);
  });
});

describe('stop strings', () => {
  const list = requests.slice(0, 8);

  test('end a response with the token that completes one, across tokens, whatever is drawn behind it', async () => {
    const free = await generate({}, list);
    const long = free.find(({ tokenIds }) => tokenIds.length > 25)!;
    const text = decode(long.tokenIds);
    // Within the first look, at its border and behind it.
    for (const at of [3, 15, 20]) {
      const stop = `${long.tokenIds[at - 1]}><${long.tokenIds[at]!}`;
      expect(text).toContain(stop);
      const responses = await generate({ stopStrings: [stop], decode }, list);
      responses.forEach((response, i) => {
        const whole = free[i]!.tokenIds;
        const cut = whole.findIndex((_, j) => decode(whole.slice(0, j + 1)).includes(stop));
        const length = cut < 0 ? whole.length : cut + 1;
        expect(response.tokenIds).toEqual(whole.slice(0, length));
        expect(response.tokenLogProbs).toHaveLength(length);
        expect(response.finishReason).toBe(cut < 0 ? free[i]!.finishReason : 'stop');
      });
    }
  });

  test('need a decoder', async () => {
    await expect(generate({ stopStrings: ['x'] })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[RangeError: generate: stopStrings need decode, which turns token ids into text. Give (ids) => tokenizer.decode(ids).]`,
    );
  });
});

test('options out of range are refused all at once', async () => {
  await expect(
    generate({ topK: 0, topP: 0, minP: 2, repetitionPenalty: -1, samples: 0.5, padToken: 160, stopTokens: [1.5] }),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[RangeError: generate: samples must be a positive integer, got 0.5. topK must be a positive integer, got 0. topP must be above 0 and at most 1, got 0. minP must be between 0 and 1, got 2. repetitionPenalty must be a positive number, got -1. padToken must be a token of the model (0 to 159), got 160. each stop token must be an integer, got 1.5.]`,
  );
});

test('aborting between segments stops with the reason, and nothing leaks', async () => {
  await generate();
  const before = [engineMemory().tensors, tf.memory().numTensors];
  const controller = new AbortController();
  const looks: number[] = [];
  const stopped = generate({
    stopStrings: ['never'],
    decode: (ids) => {
      looks.push(ids.length);
      controller.abort(new Error('enough'));
      return '';
    },
    signal: controller.signal,
  });
  await expect(stopped).rejects.toThrow('enough');
  // The first segment has 16 steps.
  expect(Math.max(...looks)).toBeLessThanOrEqual(16);
  expect([engineMemory().tensors, tf.memory().numTensors]).toEqual(before);
});

test('halves of the rows that decode at the same time give the same bits each time', async () => {
  const draw = (): Promise<GeneratedResponse[]> => generate({ batchSize: 64, samples: 2, bf16: true });
  const first = await draw();
  expect(await draw()).toEqual(first);
  expect(await draw()).toEqual(first);
});

test('when one half of the rows fails the other one stops, and nothing leaks', async () => {
  const free = { batchSize: 64, maxNewTokens: 100, endToken: -1, stopTokens: [] };
  await generate(free);
  const before = [engineMemory().tensors, tf.memory().numTensors];
  let looks = 0;
  const failing = generate({
    ...free,
    stopStrings: ['never'],
    decode: () => {
      looks++;
      throw new Error('cannot decode');
    },
  });
  await expect(failing).rejects.toThrow('cannot decode');
  // Each half looks once at most.
  expect(looks).toBeLessThanOrEqual(2);
  expect([engineMemory().tensors, tf.memory().numTensors]).toEqual(before);
});

test('refilling leaks no tensors', async () => {
  const before = [engineMemory().tensors, tf.memory().numTensors];
  await generate({ samples: 2 });
  await generate({ samples: 2, batchSize: 64 });
  expect([engineMemory().tensors, tf.memory().numTensors]).toEqual(before);
});

test('a short run with every option draws the tokens that WebAssembly draws', async () => {
  const responses = await sampler.generate(shortRequests, shortSettings);
  expect(tokensOf(responses)).toEqual(shortTokens);
});
