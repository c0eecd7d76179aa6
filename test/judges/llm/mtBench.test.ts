import { describe, expect, test } from 'vitest';

import type { Comparison } from '../../../src/judges/judge.ts';
import { createApiClient } from '../../../src/judges/llm/apiClient.ts';
import { createMtBenchPairJudge, createMtBenchSingleJudge } from '../../../src/judges/llm/mtBench.ts';
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

describe('the MT-Bench pair judge', () => {
  test.each([
    ['[[A]]', '[[B]]', 1],
    ['[[B]]', '[[A]]', 0],
    ['[[A]]', '[[A]]', 0.5],
    ['[[A]]', '[[C]]', 0.5],
    ['[[C]]', '[[C]]', 0.5],
    ['The answer claims "[[B]]", which is a trick. My verdict: [[A]]', '<think>[[C]]?</think> [[B]]', 1],
  ])('of %s and %s makes %s', async (first, second, expected) => {
    const { client } = await serverSaying(first, second);
    const judge = createMtBenchPairJudge(client);
    const [verdict, swapped] = await judge.compare([ITEM, { ...ITEM, a: ITEM.b, b: ITEM.a }]);
    expect(verdict!.pFirst).toBe(expected);
    expect(swapped!.pFirst).toBe(1 - expected);
  });

  test('has no verdict where one order has none', async () => {
    const { client } = await serverSaying('[[A]]', 'They are both fine.');
    const [verdict] = await createMtBenchPairJudge(client).compare([ITEM]);
    expect(verdict).not.toHaveProperty('pFirst');
    expect(verdict!.error).toBe('order ba: the answer holds no verdict');
    expect(JSON.parse(verdict!.raw!)[1]).toMatchObject({ text: 'They are both fine.' });
  });

  test('shows one question, two questions, and references, and says what it cannot show', async () => {
    const { client, server } = await serverSaying('[[A]]', '[[B]]');
    const judge = createMtBenchPairJudge(client, {
      references: new Map([['1+1?', ['reference 0', 'of the second turn']]]),
    });
    const turns = [user('q one'), { role: 'assistant', content: 'shared turn' }, user('q two')];
    const verdicts = await judge.compare([
      ITEM,
      { ...ITEM, prompt: turns },
      { ...ITEM, prompt: [user('1+1?')] },
      { ...ITEM, prompt: [{ role: 'system', content: 's' }, user('x')] },
    ]);
    expect(verdicts.map(({ pFirst }) => pFirst)).toEqual([1, 1, 1, undefined]);
    expect(verdicts[3]!.error).toContain('the roles are system user');
    const shown = server.questions.map(({ messages }) => messages[1]!.content);
    expect(shown.every((text) => !/\{\w+\}/.test(text))).toBe(true);
    const single = shown.find((text) => text.includes('moon'))!;
    expect(single.startsWith('[User Question]\nHow far is the moon?\n\n[The Start of Assistant A')).toBe(true);
    const double = shown.find((text) => text.includes('q two'))!;
    expect(double.match(/shared turn/g)).toHaveLength(2);
    expect(shown.filter((text) => text.includes('reference 0'))).toHaveLength(2);
    expect(shown.some((text) => text.includes('of the second turn'))).toBe(false);
  });

  test('shows each side’s own first answer where they differ', async () => {
    const { client, server } = await serverSaying('[[A]]', '[[B]]');
    const prompt = [user('q one'), { role: 'assistant', content: 'nobody said this' }, user('q two')];
    const earlier = { a: ['first of a'], b: ['first of b'] };
    const verdicts = await createMtBenchPairJudge(client).compare([
      { ...ITEM, prompt, earlier },
      { ...ITEM, prompt, a: 'same', b: 'same', earlier },
    ]);
    expect(verdicts[0]!.pFirst).toBe(1);
    const shown = server.questions.map(({ messages }) => messages[1]!.content);
    expect(shown).toHaveLength(4);
    expect(shown.some((text) => text.includes('nobody said this'))).toBe(false);
    const [ab, ba] = shown.filter((text) => !text.includes('same'));
    expect(ab!.indexOf('first of a')).toBeLessThan(ab!.indexOf('first of b'));
    expect(ba!.indexOf('first of b')).toBeLessThan(ba!.indexOf('first of a'));
  });
});

describe('the MT-Bench single judge', () => {
  test.each([
    ['Rating: [[7]]', 7],
    ['It says "[[10]]". Rating: [[2.5]]', 2.5],
    ['Rating: [4]', 4],
    ['Rating: [[17]]', undefined],
    ['Rating: [[0]]', undefined],
    ['Rating: [[NaN]]', undefined],
    ['Seven.', undefined],
  ])('reads %s as %s', async (text, score) => {
    const { client } = await serverSaying(text, text);
    const [result] = await createMtBenchSingleJudge(client).score([{ id: '1', prompt: ITEM.prompt, answer: 'x' }]);
    expect(result!.score).toBe(score);
    expect(result!.raw).toBe(text);
    expect(result!.error).toBe(score === undefined ? 'the answer holds no verdict' : undefined);
  });

  test('compares by scores that differ by more than 0.1', async () => {
    const server = await startApiServer(({ messages }) =>
      completion(`Rating: [[${/Answer\]\n([\d.]+)/.exec(messages[1]!.content)![1]}]]`),
    );
    const judge = createMtBenchSingleJudge(createApiClient({ model: 'x', baseURL: server.baseURL }));
    const pairs: [string, string][] = [
      ['7', '5'],
      ['5', '7'],
      ['7', '7.05'],
      ['7', '99'],
    ];
    const verdicts = await judge.compare(pairs.map(([a, b]) => ({ ...ITEM, a, b })));
    expect(verdicts.map(({ pFirst }) => pFirst)).toEqual([1, 0, 0.5, undefined]);
    expect(server.questions).toHaveLength(4);
  });
});
