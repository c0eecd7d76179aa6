import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { createRemoteSampler, type ResponseStore } from '../../../src/sampling/index.ts';
import { loadPolicy } from '../../../src/models/index.ts';
import { createSequenceScorer } from '../../../src/training/index.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';
import { writeTinyPolicy } from '../../recipes/tinyPolicy.ts';
import { startPolicyServer, type PolicyServerOptions } from './policyServer.ts';

let folder: string;
beforeAll(async () => {
  await startEngine();
  folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
  await writeTinyPolicy(folder);
  return () => rm(folder, { recursive: true });
});

const requests = [[5, 6, 7], [8], [9, 10, 11, 12]].map((promptTokens, i) => ({ key: `p${i}`, promptTokens }));
const generating = { maxNewTokens: 6, temperature: 1, seed: 1, endToken: 2, padToken: 0, samples: 2 };

async function serverWith(options: PolicyServerOptions = {}) {
  const server = await startPolicyServer(options);
  await fetch(server.reloadURL, { method: 'POST', body: JSON.stringify({ folder, hash: 'abc', model: 'policy-abc' }) });
  return server;
}

const samplerOf = (baseURL: string, more: object = {}) =>
  createRemoteSampler({ model: 'policy-abc', baseURL, firstPauseMs: 1, concurrency: 3, attempts: 3, ...more });

const TROUBLE = [{ status: 429, headers: { 'retry-after': '0' } }, { status: 500 }, 'cut'] as const;

function memoryStore(): ResponseStore & { kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return { kept, get: (key) => kept.get(key), put: async (key, value) => void kept.set(key, value) };
}

test.each(['token_ids', 'tokens', 'content', 'llama.cpp'] as const)(
  'token ids told as %s come back with the log-probabilities of the policy',
  async (dialect) => {
    const server = await serverWith({ dialect });
    const asked = dialect === 'llama.cpp' ? { dialect } : {};
    const responses = await samplerOf(server.baseURL, asked).generate(requests, generating);
    expect(responses).toHaveLength(6);
    const policy = await loadPolicy(folder, { frozen: true });
    const scorer = createSequenceScorer(policy, { batchSize: 8, padToken: 0, bf16: false });
    const own = await scorer.scoreTokens(
      responses.map(({ tokenIds }, i) => ({
        promptIds: requests[Math.floor(i / 2)]!.promptTokens,
        completionIds: tokenIds,
      })),
    );
    responses.forEach(({ tokenLogProbs }, i) =>
      tokenLogProbs.forEach((logp, t) => expect(logp!).toBeCloseTo(own[i]![t]!, 4)),
    );
    scorer.dispose();
    policy.dispose();
    expect(server.prompts.map(({ prompt }) => prompt)).toEqual(
      expect.arrayContaining(requests.map((r) => r.promptTokens)),
    );
    expect(new Set(server.prompts.map(({ seed }) => seed)).size).toBe(6);
    expect(server.mostAtOnce()).toBeLessThanOrEqual(3);
  },
);

test("a server's own defaults do not shape what is drawn", async () => {
  const server = await serverWith();
  const sampler = samplerOf(server.baseURL);
  await sampler.generate(requests, generating);
  await sampler.generate(requests, { ...generating, topK: 5, topP: 0.9, minP: 0.1 });
  const off = { repetition_penalty: 1, presence_penalty: 0, frequency_penalty: 0 };
  server.prompts.forEach((prompt, i) => {
    const filters = i < 6 ? { top_k: 0, top_p: 1, min_p: 0 } : { top_k: 5, top_p: 0.9, min_p: 0.1 };
    expect(prompt).toMatchObject({ ...filters, ...off });
  });
});

test('log-probabilities that the server does not tell are null, also where they may belong to either of two', async () => {
  let untold = -1;
  let spoil: ((body: Record<string, unknown>) => void) | undefined;
  const server = await serverWith({ dialect: 'llama.cpp', tells: (place) => place !== untold, misdeed: () => spoil });
  const sampler = samplerOf(server.baseURL, { dialect: 'llama.cpp' });
  const whole = await sampler.generate(requests, generating);
  untold = 1;
  for (const [i, response] of (await sampler.generate(requests, generating)).entries()) {
    const { tokenLogProbs, ...rest } = whole[i]!;
    expect(response).toEqual({ ...rest, tokenLogProbs: tokenLogProbs.map((logp, t) => (t === untold ? null : logp)) });
  }
  spoil = (body) => {
    const told = [7, 9].map((id) => ({ id, logprob: -id }));
    Object.assign(body, { tokens: [7, 7, 9], tokens_predicted: 3, completion_probabilities: told });
  };
  const [doubtful] = await sampler.generate(requests, { ...generating, maxNewTokens: 3 });
  expect(doubtful).toEqual({ tokenIds: [7, 7, 9], tokenLogProbs: [null, null, -9], finishReason: 'length' });
});

test('an answer ends at the first end token, also where the server goes on', async () => {
  const server = await serverWith({ dialect: 'llama.cpp' });
  const sampler = samplerOf(server.baseURL, { dialect: 'llama.cpp' });
  const [whole] = await sampler.generate(requests, { ...generating, endToken: -1 });
  const stopTokens = [whole!.tokenIds[2]!];
  const [cut] = await sampler.generate(requests, { ...generating, stopTokens });
  expect(cut).toEqual({
    tokenIds: whole!.tokenIds.slice(0, 3),
    tokenLogProbs: whole!.tokenLogProbs.slice(0, 3),
    finishReason: 'stop',
  });
});

test('the same seed draws the same, whatever came between', async () => {
  const draws = async (options: PolicyServerOptions) =>
    samplerOf((await serverWith(options)).baseURL).generate(requests, generating);
  expect(await draws({ misdeed: (_, before) => TROUBLE[before] })).toEqual(await draws({}));
});

test('what was drawn is not drawn again, and what is missing makes no table', async () => {
  const store = memoryStore();
  let down = true;
  const server = await serverWith({
    misdeed: ({ prompt }) => (down && prompt.length === 1 ? { status: 400, message: 'prompt refused' } : undefined),
  });
  const sampler = samplerOf(server.baseURL, { store });
  const { code, message } = await userErrorOf(() => sampler.generate(requests, generating));
  expect(code).toBe('sampling.server');
  expect(message).toContain('expected 6 responses of "policy-abc", 2 could not be had:\n  2 times: 400 prompt refused');
  expect(store.kept.size).toBe(4);
  down = false;
  const asked = server.prompts.length;
  const responses = await sampler.generate(requests, generating);
  expect(server.prompts.length - asked).toBe(2);
  expect(await samplerOf((await serverWith()).baseURL).generate(requests, generating)).toEqual(responses);
});

test('a server that stalls is given up after a while, one without the model at once', async () => {
  const stalling = await serverWith({ misdeed: () => 'stall' });
  const patient = samplerOf(stalling.baseURL, { timeoutMs: 50, attempts: 2 });
  expect((await userErrorOf(() => patient.generate(requests, generating))).message).toMatch(
    /6 times: no answer: silent for 0.05 s .*\(2 attempts\)/,
  );
  const server = await serverWith();
  server.serveAs('other');
  const { code } = await userErrorOf(() => samplerOf(server.baseURL).generate(requests, generating));
  expect(code).toBe('api.model');
  expect(server.prompts.length).toBeLessThanOrEqual(3);
});

test.each([
  ['tells no token ids', (body: Choices) => void delete body.choices[0]!.token_ids, /tells no token ids/],
  [
    'leaves tokens out',
    (body: Choices) => Object.assign(body, { usage: { completion_tokens: 99 } }),
    /drew 99 tokens and told \d/,
  ],
  [
    'leaves log-probabilities out',
    (body: Choices) => body.choices[0]!.logprobs.token_logprobs.pop(),
    /log-probabilities/,
  ],
  ['draws more than it may', (body: Choices) => lengthen(body, 9), /9 tokens, 6 were allowed|drew/],
  ['stops without an end token', (body: Choices) => shorten(body), /without an end token/],
])('an answer of a server that %s is refused', async (_, spoil, message) => {
  const server = await serverWith({ misdeed: () => (body) => spoil(body as unknown as Choices) });
  const sampler = samplerOf(server.baseURL, { attempts: 1 });
  expect((await userErrorOf(() => sampler.generate(requests, { ...generating, endToken: -1 }))).message).toMatch(
    message,
  );
});

test('an aborted signal stops with its reason', async () => {
  const stop = new AbortController();
  const server = await serverWith({ misdeed: () => 'stall' });
  const drawing = samplerOf(server.baseURL).generate(requests, { ...generating, signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 50);
  await expect(drawing).rejects.toThrow('enough');
});

interface Choices {
  choices: { token_ids?: number[]; logprobs: { token_logprobs: number[] } }[];
  usage: { completion_tokens: number } | undefined;
}

function lengthen(body: Choices, length: number): void {
  const choice = body.choices[0]!;
  choice.token_ids = Array.from({ length }, () => 1);
  choice.logprobs.token_logprobs = Array.from({ length }, () => -1);
  body.usage = undefined;
}

function shorten(body: Choices): void {
  lengthen(body, 2);
}
