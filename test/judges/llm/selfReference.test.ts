import { describe, expect, test } from 'vitest';

import { createApiClient } from '../../../src/judges/llm/apiClient.ts';
import { createSelfReferenceJudge } from '../../../src/judges/llm/selfReference.ts';
import { completion, failure, startApiServer, type ReceivedQuestion, type Reply } from './apiServer.ts';

const ITEM = { id: '1', prompt: [{ role: 'user', content: 'What is 2+2?' }], a: 'four', b: 'five' };

async function judgeSaying(reply: (question: ReceivedQuestion, text: string) => Reply) {
  const server = await startApiServer((question) => {
    const text = question.messages.at(-1)!.content;
    return question.messages.length === 1 ? completion('OWN ANSWER') : reply(question, text);
  });
  const client = createApiClient({ model: 'x', baseURL: server.baseURL, attempts: 1 });
  return { server, judge: createSelfReferenceJudge(client) };
}

/** A completion whose tokens are given one by one, the likeliest tokens beside each. */
function spelled(tokens: [string, Record<string, number>?][]): Reply {
  const content = tokens.map(([token, top = {}]) => ({
    token,
    logprob: top[token] ?? -0.01,
    top_logprobs: Object.entries(top).map(([name, logprob]) => ({ token: name, logprob })),
  }));
  const text = tokens.map(([token]) => token).join('');
  return { body: { choices: [{ message: { content: text }, logprobs: { content } }] } };
}

describe('the self-reference judge', () => {
  test('answers first, then votes on both orders with its own answer at hand', async () => {
    const { judge, server } = await judgeSaying(({ seed }, text) => {
      const fourFirst = text.indexOf('four') < text.indexOf('five');
      return completion(`Critique of [[A]] ... [[${fourFirst ? 'A' : seed === 2 ? 'A' : 'B'}]]`);
    });
    const [verdict, swapped] = await judge.compare([ITEM, { ...ITEM, a: 'five', b: 'four' }]);
    expect(verdict!.pFirst).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(verdict!.pFirst! + swapped!.pFirst!).toBeCloseTo(1, 12);
    expect(server.questions).toHaveLength(1 + 6);
    expect(server.questions[0]!.messages).toEqual(ITEM.prompt);
    expect(server.questions[1]!.messages[1]!.content).toContain('OWN ANSWER');
  });

  test('weighs a vote by the probability of its letter', async () => {
    const { judge } = await judgeSaying((_, text) =>
      text.indexOf('four') < text.indexOf('five')
        ? spelled([['fine', {}], ['. [['], ['A', { A: Math.log(0.6), B: Math.log(0.2), C: -3 }], [']]']])
        : spelled([['ok '], ['[[B', { '[[B': Math.log(0.3), '[[A': Math.log(0.1) }], [']]']]),
    );
    const [verdict] = await judge.compare([ITEM]);
    expect(verdict!.pFirst).toBeCloseTo(0.75, 12);
  });

  test('leaves out votes without a choice, and has no verdict without any', async () => {
    const { judge } = await judgeSaying(({ seed }) => completion(seed === 0 ? '[[A]]' : 'hard to say'));
    expect((await judge.compare([ITEM]))[0]!.pFirst).toBe(0.5);
    const { judge: mute } = await judgeSaying(() => completion('<think>[[A]]</think>hard to say'));
    const [verdict] = await mute.compare([ITEM]);
    expect(verdict!.error).toContain('no vote names [[A]] or [[B]]');
    expect(verdict).not.toHaveProperty('pFirst');
  });

  test('says what failed: its own answer or a vote', async () => {
    const server = await startApiServer(() => failure(400, { message: 'filtered' }));
    const client = createApiClient({ model: 'x', baseURL: server.baseURL });
    const [own] = await createSelfReferenceJudge(client).compare([ITEM]);
    expect(own!.error).toMatch(/own answer: .*filtered/);
    const { judge } = await judgeSaying(() => failure(400, { message: 'filtered' }));
    expect((await judge.compare([ITEM]))[0]!.error).toMatch(/order ab: 400 filtered; order ba: 400 filtered/);
  });
});
