import { expect, test } from 'vitest';

import { ADAPTERS, readPairs, readPrompts, type ReadPairsOptions } from '../../../datasets/index.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { fileOf, side } from './rowFiles.ts';

const readRow = async (row: object, options: ReadPairsOptions = {}) => readPairs(await fileOf(row), options);

test('a mapping of paths or a function reads rows of any shape', async () => {
  const row = { data: { question: 'Q', answers: [{ text: 'A' }, { text: 'B' }] } };
  const mapping = { prompt: 'data.question', chosen: 'data.answers[0].text', rejected: 'data.answers[1].text' };
  expect((await readRow(row, { adapter: mapping })).pairs[0]).toMatchObject({ chosen: 'A', rejected: 'B' });
  const turned = await readRow(row, { adapter: () => ({ prompt: 'Q', chosen: 'B', rejected: 'A' }) });
  expect(turned.pairs[0]).toMatchObject({ chosen: 'B', rejected: 'A' });
  const { message } = await userErrorOf(() => readRow({ data: {} }, { adapter: mapping }));
  expect(message).toContain('"prompt" at "data.question"');
});

test('a mistyped name and a mistyped field are answered with the likely one', async () => {
  const path = await fileOf({});
  expect((await userErrorOf(() => readPairs(path, { adapter: 'spim' }))).message).toContain('Did you mean "spin"?');
  const adapter = { chosn: 'a' } as object;
  expect((await userErrorOf(() => readPairs(path, { adapter }))).message).toContain('Did you mean "chosen"?');
});

test('a mapping keeps ids and sources, its own first', async () => {
  const path = await fileOf({ id: 7, source: 'theirs', key: 'k', ask: 'Q' });
  expect(await readPrompts(path, { adapter: { prompt: 'ask' } })).toMatchObject([{ id: '7', source: 'theirs' }]);
  expect(await readPrompts(path, { adapter: { prompt: 'ask', id: 'key' } })).toMatchObject([
    { id: 'k', source: 'theirs' },
  ]);
  const [prompt] = await readPrompts(path, { adapter: ({ ask }) => ({ prompt: ask, id: 'own', source: 'ours' }) });
  expect(prompt).toMatchObject({ id: 'own', source: 'ours', messages: [{ role: 'user', content: 'Q' }] });
});

test('each adapter has a name of its own, and reads something', () => {
  expect(new Set(ADAPTERS.map(({ name }) => name)).size).toBe(ADAPTERS.length);
  for (const { toPairs, toPrompt, toResponses } of ADAPTERS) expect(toPairs ?? toPrompt ?? toResponses).toBeDefined();
});

test('a name reads rows of its format alone', async () => {
  const path = await fileOf(
    { id: 'a', chosen: side('A'), rejected: side('B') },
    { id: 'b', real: side('A'), generated: side('B') },
  );
  const { message } = await userErrorOf(() => readPairs(path, { adapter: 'spin' }));
  expect(message).toContain('line 1: expected "real" and "generated", found no "real"');
  expect((await readPairs(path)).adapters).toEqual({ 'preference-messages': 1, spin: 1 });
});
