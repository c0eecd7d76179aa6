import { afterEach, describe, expect, test, vi } from 'vitest';

import { createApiClient } from '../../../src/judges/llm/apiClient.ts';
import type { ApiClientOptions } from '../../../src/judges/llm/apiClient.ts';
import type { ChatRequest } from '../../../src/judges/llm/chatModel.ts';
import { createJudgmentStore } from '../../../src/judges/judgmentStore.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { completion, failure, startApiServer, type ApiServer, type Reply } from './apiServer.ts';

afterEach(() => void vi.unstubAllEnvs());

const FAST = { model: 'tester', firstPauseMs: 2, timeoutMs: 10_000, attempts: 4 } satisfies ApiClientOptions;

function question(content: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return { messages: [{ role: 'user', content }], maxTokens: 5, temperature: 0, ...more };
}

/** What was asked, from a request as the server got it. */
function asked({ questions }: ApiServer): string[] {
  return questions.map(({ messages }) => messages.at(-1)!.content);
}

describe('a question to an API', () => {
  test('is answered with text, log-probabilities, tokens and dollars', async () => {
    const server = await startApiServer(() => completion('m', { m: -0.1, M: -2.5 }));
    const client = createApiClient({
      ...FAST,
      baseURL: server.baseURL,
      prices: { promptToken: 1e-3, completionToken: 1e-2 },
    });
    const [answer] = await client.ask([question('hello', { topLogProbs: 5, maxTokens: 1 })]);
    expect(answer).toEqual({
      text: 'm',
      tokens: [{ token: 'm', top: { m: -0.1, M: -2.5 } }],
      cost: { seconds: expect.any(Number), promptTokens: 10, completionTokens: 2, dollars: expect.closeTo(0.03, 12) },
    });
    expect(server.questions[0]).toMatchObject({ model: 'tester', max_tokens: 1, temperature: 0, top_logprobs: 5 });
  });

  test('is asked once however often it stands in the list, and its cost counts once', async () => {
    const server = await startApiServer(({ messages }) => completion(`re: ${messages[0]!.content}`));
    const client = createApiClient({ ...FAST, baseURL: server.baseURL });
    const progress: [number, number][] = [];
    const answers = await client.ask([question('a'), question('b'), question('a')], {
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(answers.map(({ text }) => text)).toEqual(['re: a', 're: b', 're: a']);
    expect(asked(server).sort()).toEqual(['a', 'b']);
    expect(answers[2]!.cost).toEqual({ seconds: 0 });
    expect(progress.at(-1)).toEqual([3, 3]);
  });

  test('is asked again for another sample, with another seed', async () => {
    const server = await startApiServer(({ seed }) => completion(String(seed)));
    const client = createApiClient({ ...FAST, seed: 7, baseURL: server.baseURL });
    const answers = await client.ask([0, 1, 2].map((sample) => question('a', { sample })));
    expect(answers.map(({ text }) => text)).toEqual(['7', '8', '9']);
  });

  test('shares the connection with no more than the allowed number of others', async () => {
    const server = await startApiServer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return completion('yes');
    });
    const client = createApiClient({ ...FAST, concurrency: 3, baseURL: server.baseURL });
    await client.ask(Array.from({ length: 12 }, (_, i) => question(String(i))));
    expect(server.mostAtOnce()).toBe(3);
  });

  test('carries the key of the environment or the option', async () => {
    const server = await startApiServer(() => completion('yes'));
    vi.stubEnv('OPENAI_API_KEY', 'from-env');
    await createApiClient({ ...FAST, baseURL: server.baseURL }).ask([question('a')]);
    await createApiClient({ ...FAST, baseURL: server.baseURL, apiKey: 'given' }).ask([question('a')]);
    expect(server.keys).toEqual(['Bearer from-env', 'Bearer given']);
  });
});

const STALLED = 'a silent server';
const ONCE: Record<string, Reply> = {
  'a busy server': failure(429, { message: 'slow down' }),
  'a broken server': failure(500, { message: 'oops' }),
  'an overloaded gateway': { text: '<html>502</html>', cut: false },
  'a broken connection': 'reset',
  [STALLED]: 'stall',
  'an answer that is cut': { text: '{"choices": [{"mess', cut: true },
  'an answer that is no JSON': { text: '{"choices": [{"mess' },
  'JSON without an answer': { body: { object: 'chat.completion', choices: [] } },
  'an error with status 200': { body: { error: { message: 'upstream failed' } } },
};

function patience(name: string): { timeoutMs?: number } {
  return name === STALLED ? { timeoutMs: 200 } : {};
}

describe('a failure that may pass', () => {
  test.each(Object.keys(ONCE))('is tried again: %s', async (name) => {
    const server = await startApiServer((_, before) => (before < 2 ? ONCE[name]! : completion('at last')));
    const client = createApiClient({ ...FAST, ...patience(name), baseURL: server.baseURL });
    const [answer] = await client.ask([question('a')]);
    expect(answer!.text).toBe('at last');
    expect(server.questions).toHaveLength(3);
  });

  test.each(Object.keys(ONCE))('is an error of its row alone in the end: %s', async (name) => {
    const server = await startApiServer(({ messages }) =>
      messages[0]!.content === 'bad' ? ONCE[name]! : completion('fine'),
    );
    const client = createApiClient({ ...FAST, ...patience(name), attempts: 2, baseURL: server.baseURL });
    const answers = await client.ask(['a', 'bad', 'b'].map((text) => question(text)));
    expect(answers.map(({ text }) => text)).toEqual(['fine', undefined, 'fine']);
    expect(answers[1]!.error).toContain('(2 attempts)');
    expect(asked(server).filter((text) => text === 'bad')).toHaveLength(2);
  });

  test.each([
    ['retry-after in seconds', { 'retry-after': '0.2' }],
    ['retry-after-ms', { 'retry-after-ms': '200' }],
    ['a rate limit that is used up', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '200ms' }],
  ] as [string, Record<string, string>][])('holds back all questions as long as %s says', async (_, headers) => {
    const times: number[] = [];
    const server = await startApiServer(() => {
      times.push(performance.now());
      return times.length === 1 ? failure(429, { message: 'slow down' }, headers) : completion('yes');
    });
    const client = createApiClient({ ...FAST, concurrency: 1, baseURL: server.baseURL });
    await client.ask([question('a'), question('b')]);
    expect(times[1]! - times[0]!).toBeGreaterThan(190);
    expect(times).toHaveLength(3);
  });

  test('never holds back longer than allowed', async () => {
    const server = await startApiServer((_, before) =>
      before === 0 ? failure(503, { message: 'later' }, { 'retry-after': '3600' }) : completion('yes'),
    );
    const client = createApiClient({ ...FAST, longestPauseMs: 20, baseURL: server.baseURL });
    expect((await client.ask([question('a')]))[0]!.text).toBe('yes');
  });
});

describe('a question that gets no answer', () => {
  test.each([
    ['the content filter', failure(400, { message: 'content management policy', code: 'content_filter' }), 'policy'],
    ['a refusal', { body: { choices: [{ message: { content: null, refusal: 'I cannot' } }] } }, 'refused: I cannot'],
    ['a filtered answer', { body: { choices: [{ message: {}, finish_reason: 'content_filter' }] } }, 'refused'],
    ['moderation', failure(403, { message: 'your input was flagged' }), 'flagged'],
    ['a context too long', failure(400, { message: 'maximum context length is 10' }), 'maximum context'],
  ] as [string, Reply, string][])('is an error of its row, asked once: %s', async (_, reply, error) => {
    const server = await startApiServer(({ messages }) =>
      messages[0]!.content === 'bad' ? reply : completion('fine'),
    );
    const client = createApiClient({ ...FAST, baseURL: server.baseURL });
    const answers = await client.ask([question('bad'), question('good')]);
    expect(answers[0]!.error).toContain(error);
    expect(answers[0]).not.toHaveProperty('text');
    expect(answers[1]!.text).toBe('fine');
    expect(server.questions).toHaveLength(2);
  });
});

describe('a fault of the whole', () => {
  test.each([
    ['api.key', failure(401, { message: 'Incorrect API key' }), 'OPENAI_API_KEY'],
    ['api.model', failure(404, { message: 'model tester not found' }), '"tester"'],
    ['api.quota', failure(429, { message: 'no money left', code: 'insufficient_quota' }), 'credit'],
    ['api.temperature', failure(400, { message: 'only 1 is supported', param: 'temperature' }), 'temperature'],
  ] as [string, Reply, string][])('stops at once with %s', async (code, reply, step) => {
    const server = await startApiServer(() => reply);
    const client = createApiClient({ ...FAST, concurrency: 2, baseURL: server.baseURL });
    const asking = client.ask(Array.from({ length: 30 }, (_, i) => question(String(i))));
    await expect(asking).rejects.toMatchObject({ name: 'UserError', code, message: expect.stringContaining(step) });
    expect(server.questions.length).toBeLessThanOrEqual(2);
  });

  test('is a missing key for OpenAI, said before anything is asked, with all else that is wrong', () => {
    vi.stubEnv('OPENAI_API_KEY', '');
    vi.stubEnv('OPENAI_BASE_URL', '');
    expect(() =>
      createApiClient({ model: '', concurrency: 0, prices: { promptToken: NaN, completionToken: 1 } }),
    ).toThrow(
      /model must be.*concurrency must be.*prices\.promptToken must be.*set OPENAI_API_KEY, or the option apiKey, to one/,
    );
    expect(() => createApiClient({ model: 'x', baseURL: 'localhost:8000' })).toThrow(/baseURL must be an address/);
  });

  test('is an abort: its reason is thrown, and nothing more is asked', async () => {
    const server = await startApiServer(() => 'stall');
    const client = createApiClient({ ...FAST, concurrency: 2, timeoutMs: 60_000, baseURL: server.baseURL });
    const controller = new AbortController();
    const asking = client.ask([question('a'), question('b'), question('c')], { signal: controller.signal });
    const ended = expect(asking).rejects.toThrow('enough');
    await vi.waitFor(() => expect(server.questions.length).toBe(2), 10_000);
    controller.abort(new Error('enough'));
    await ended;
    expect(server.questions.length).toBe(2);
  });
});

describe('a server that takes another form', () => {
  test('gets max_completion_tokens, no log-probabilities and no seed once it asks for that', async () => {
    const server = await startApiServer((body) => {
      if (body.max_tokens !== undefined) return failure(400, { message: "Use 'max_completion_tokens' instead." });
      if (body.top_logprobs !== undefined) return failure(400, { message: 'no', param: 'logprobs' });
      if (body.seed !== undefined) return failure(422, { message: 'seed: extra inputs are not permitted' });
      return completion('yes');
    });
    const client = createApiClient({ ...FAST, baseURL: server.baseURL });
    const requests = Array.from({ length: 6 }, (_, i) => question(String(i), { topLogProbs: 5 }));
    const answers = await client.ask(requests);
    expect(answers.map(({ text, tokens }) => [text, tokens])).toEqual(requests.map(() => ['yes', undefined]));
    const before = server.questions.length;
    await client.ask([question('later', { topLogProbs: 5 })]);
    expect(server.questions.length).toBe(before + 1);
  });
});

describe('a client with a store', () => {
  test('asks only what was not answered before, in a later run and after an interruption', async () => {
    const folder = await temporaryFolder();
    let working = 3;
    const server = await startApiServer(({ messages }) => (working-- > 0 ? completion(messages[0]!.content) : 'stall'));
    const settings = { ...FAST, concurrency: 1, baseURL: server.baseURL };
    const requests = ['a', 'b', 'c', 'd', 'e'].map((text) => question(text, { topLogProbs: 2 }));
    const first = await createJudgmentStore(folder);
    const controller = new AbortController();
    const interrupted = createApiClient({ ...settings, store: first }).ask(requests, {
      signal: controller.signal,
      onProgress: (done) => void (done === 3 && setTimeout(() => controller.abort(new Error('interrupted')), 20)),
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    await first.close();

    working = Infinity;
    const second = await createJudgmentStore(folder);
    const answers = await createApiClient({ ...settings, store: second }).ask(requests);
    expect(answers.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(answers.map(({ cost }) => cost.promptTokens)).toEqual([undefined, undefined, undefined, 10, 10]);
    expect(asked(server)).toEqual(['a', 'b', 'c', 'd', 'd', 'e']);
    await createApiClient({ ...settings, store: second, id: 'another name' }).ask([requests[0]!]);
    expect(asked(server)).toHaveLength(7);
    await second.close();
  });

  test('asks again what failed or was refused', async () => {
    const store = await createJudgmentStore(await temporaryFolder());
    const server = await startApiServer(() => failure(400, { message: 'no' }));
    const client = createApiClient({ ...FAST, baseURL: server.baseURL, store });
    for (let round = 0; round < 2; round++) expect((await client.ask([question('a')]))[0]!.error).toContain('no');
    expect(server.questions).toHaveLength(2);
    expect(store.size).toBe(0);
    await store.close();
  });
});
