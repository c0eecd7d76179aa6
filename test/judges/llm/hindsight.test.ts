import { describe, expect, test } from 'vitest';

import { createApiClient } from '../../../src/judges/llm/apiClient.ts';
import { createOutcomeSimulator, withHindsight } from '../../../src/judges/llm/hindsight.ts';
import { createMtBenchPairJudge } from '../../../src/judges/llm/mtBench.ts';
import { completion, failure, startApiServer, type Reply } from './apiServer.ts';

const ITEM = {
  id: '1',
  prompt: [{ role: 'user', content: 'Does this camera record 8K?' }],
  a: 'Yes, it does everything!',
  b: 'No, only 4K.',
};

/** A model that likes flattery, unless it is told that somebody regrets. */
async function world(outcomeOf: (text: string) => Reply) {
  const server = await startApiServer(({ messages }) => {
    const [system, user] = messages.map(({ content }) => content) as [string, string];
    if (system.includes('how it turns out')) return outcomeOf(user);
    const regretted = user.indexOf('regrets');
    const winner =
      regretted >= 0
        ? regretted < user.indexOf('No, only')
          ? 'B'
          : 'A'
        : user.indexOf('Yes') < user.indexOf('No, only')
          ? 'A'
          : 'B';
    return completion(`[[${winner}]]`);
  });
  const client = createApiClient({ model: 'x', baseURL: server.baseURL, attempts: 1 });
  const judge = createMtBenchPairJudge(client);
  return { judge, hindsight: withHindsight(judge, createOutcomeSimulator(client)), server };
}

const outcomeOf = (text: string): Reply =>
  completion(text.includes('everything') ? 'Buys it and regrets it.' : 'Buys another one and is happy.');

describe('a judge in hindsight', () => {
  test('sees what came of the answers, and turns round where the pleasing one misled', async () => {
    const { judge, hindsight, server } = await world(outcomeOf);
    expect((await judge.compare([ITEM]))[0]!.pFirst).toBe(1);
    const [verdict] = await hindsight.compare([ITEM]);
    expect(verdict!.pFirst).toBe(0);
    expect(JSON.parse(verdict!.raw!)).toMatchObject({
      a: 'Buys it and regrets it.',
      b: expect.stringContaining('happy'),
    });
    expect(verdict!.cost).toMatchObject({ promptTokens: 40, completionTokens: 8 });
    expect(hindsight.id).toContain(judge.id);
    expect(server.questions).toHaveLength(2 + 4);
  });

  test('has an error, and does not judge, where an outcome is missing', async () => {
    const { hindsight, server } = await world((text) =>
      text.includes('everything') ? failure(400, { message: 'filtered' }) : outcomeOf(text),
    );
    const [verdict, other] = await hindsight.compare([ITEM, { ...ITEM, id: '2', a: 'Yes, sure.' }]);
    expect(verdict!.error).toMatch(/^outcome: .*filtered/);
    expect(verdict).not.toHaveProperty('pFirst');
    expect(other!.pFirst).toBe(1);
    expect(server.questions).toHaveLength(3 + 2);
  });

  test('is told what each side said before, where the judge is', async () => {
    const { hindsight, server } = await world(outcomeOf);
    const prompt = ['Which camera?', 'nobody said this', 'Does it record 8K?'].map((content, at) => {
      return { role: at === 1 ? 'assistant' : 'user', content };
    });
    const earlier = { a: ['Take camera A.'], b: ['Take camera B.'] };
    expect(hindsight.readsEarlier).toBe(true);
    await hindsight.compare([{ ...ITEM, prompt, earlier }]);
    const shown = server.questions.map(({ messages }) => messages.at(-1)!.content);
    expect(shown.filter((text) => text.includes('nobody said this'))).toEqual([]);
    expect(shown.filter((text) => text.includes('Take camera A.'))).toHaveLength(1 + 2);
  });
});
