import { expect, test } from 'vitest';

import { createApiClient, createRationaleJudge } from '../../../src/judges/index.ts';
import { completion, startApiServer } from './apiServer.ts';

const PAIR = { id: '1', prompt: [{ role: 'user', content: 'Who?' }], a: 'ME', b: 'YOU' };

async function verdictOf(reply: (question: string) => string) {
  const server = await startApiServer(({ messages }) => completion(reply(messages.at(-1)!.content)));
  const client = createApiClient({ model: 'x', baseURL: server.baseURL });
  return (await createRationaleJudge(client).compare([PAIR]))[0]!;
}

const better = (text: string): string => (text.indexOf('ME') < text.indexOf('YOU') ? '[[A]]' : '[[B]]');

test('asks in both orders, so that a judge that names the first answer whatever it is decides nothing', async () => {
  expect((await verdictOf((text) => `Answer ME is right. ${better(text)}`)).pFirst).toBe(1);
  expect((await verdictOf(() => 'Fine. [[A]]')).pFirst).toBe(0.5);
});

test('a rationale without a verdict is an error', async () => {
  const { error, pFirst } = await verdictOf(() => 'Both are fine.');
  expect(error).toContain('the answer holds no verdict');
  expect(pFirst).toBeUndefined();
});
