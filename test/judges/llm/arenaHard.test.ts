import { describe, expect, test } from 'vitest';

import type { Comparison } from '../../../src/judges/judge.ts';
import { createApiClient } from '../../../src/judges/llm/apiClient.ts';
import { createArenaHardJudge } from '../../../src/judges/llm/arenaHard.ts';
import { completion, startApiServer } from './apiServer.ts';

const user = (content: string) => ({ role: 'user', content });
const ITEM: Comparison = { id: '1', prompt: [user('How far is the moon?')], a: 'good answer', b: 'bad answer' };

/** A server that gives one text when the good answer is shown first, and another when it is second. */
async function serverSaying(goodFirst: string, goodSecond: string) {
  const server = await startApiServer(({ messages }) => {
    const { content } = messages.at(-1)!;
    return completion(content.indexOf('good answer') < content.indexOf('bad answer') ? goodFirst : goodSecond);
  });
  return { server, client: createApiClient({ model: 'x', baseURL: server.baseURL }) };
}

describe('the Arena-Hard judge', () => {
  test.each([
    ['[[A>B]]', '[[B>A]]', 1],
    ['[[A>>B]]', '[[A>B]]', 3 / 4],
    ['[[A=B]]', '[[B>A]]', 3 / 4],
    ['[[A>>B]]', '[[A=B]]', 3.5 / 4],
    ['First [[A>B]], then again: my final verdict is [[b>>a]]', '[A>B]', 0],
  ])('of %s and %s makes %s', async (first, second, expected) => {
    const { client, server } = await serverSaying(first, second);
    const [verdict] = await createArenaHardJudge(client).compare([ITEM]);
    expect(verdict!.pFirst).toBeCloseTo(expected, 12);
    expect(server.questions[0]!.messages[0]!.content).toContain('generating your own answer');
    expect(server.questions[0]).toMatchObject({ temperature: 0, max_tokens: 16_000 });
  });

  test('takes no label that is none of the five, and has another prompt for creative writing', async () => {
    const { client, server } = await serverSaying('[[A>>>B]]', '[[B>A]]');
    const [verdict] = await createArenaHardJudge(client, { category: 'creative' }).compare([ITEM]);
    expect(verdict!.error).toBe('order ab: the answer holds no verdict');
    expect(server.questions[0]!.messages[0]!.content).not.toContain('generating your own answer');
  });
});
