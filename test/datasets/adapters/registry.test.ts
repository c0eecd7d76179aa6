import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ADAPTERS, readPairs, readPrompts, type ReadPairsOptions } from '../../../datasets/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';

const user = (content: string): object => ({ role: 'user', content });
const assistant = (content: string): object => ({ role: 'assistant', content });
const side = (answer: string): object[] => [user('Q'), assistant(answer)];
const completion = (response: string, overall_score: unknown): object => ({ response, overall_score, model: 'm' });

async function fileOf(...rows: object[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}

const readRow = async (row: object, options: ReadPairsOptions = {}) => readPairs(await fileOf(row), options);

describe('pairs are told and read', () => {
  test.each<[string, object, object]>([
    ['rewardbench', { prompt: 'Q', chosen: 'A', rejected: 'B', subset: 'math', id: 3 }, { subset: 'math' }],
    [
      'ultrafeedback-binarized',
      {
        prompt: 'Q',
        messages: side('A'),
        chosen: side('A'),
        rejected: side('B'),
        score_chosen: 8,
        score_rejected: 6.5,
      },
      { scoreMargin: 1.5 },
    ],
    ['preference-messages', { chosen: JSON.stringify(side('A')), rejected: JSON.stringify(side('B')) }, {}],
    ['preference-text', { prompt: 'Q', chosen: 'A', rejected: 'B' }, {}],
    ['hh-transcript', { chosen: '\n\nHuman: Q\n\nAssistant: A', rejected: '\n\nHuman: Q\n\nAssistant: B' }, {}],
    ['spin', { real: side('A'), generated: side('B') }, {}],
    [
      'ultrafeedback',
      { instruction: 'Q', completions: [completion('B', '2'), completion('M', 5), completion('A', 9)] },
      { scoreMargin: 7 },
    ],
    [
      'alpaca-eval-annotations',
      { instruction: 'Q', output_1: 'B', output_2: 'A', preference: '2.0' },
      { scoreMargin: 1 },
    ],
  ])('%s', async (name, row, extra) => {
    const { pairs, problems, adapters } = await readRow(row);
    expect(problems).toEqual([]);
    expect(adapters).toEqual({ [name]: 1 });
    expect(pairs).toEqual([{ id: expect.any(String), prompt: [user('Q')], chosen: 'A', rejected: 'B', ...extra }]);
  });
});

test.each([
  ['a prompt that begins neither side', { prompt: 'Other', chosen: side('A'), rejected: side('B') }, '"prompt" at the'],
  ['a side of another role', { real: [user('Q')], generated: side('B') }, '"real" must end in an assistant'],
  ['a missing side', { real: side('A') }, 'found no "generated"'],
  ['a score that is none', { instruction: 'Q', completions: [completion('A', 'N/A')] }, 'completions[0].overall_score'],
  ['equal scores', { instruction: 'Q', completions: [completion('A', 1), completion('B', 1)] }, 'that differ'],
  ['a tie', { instruction: 'Q', output_1: 'B', output_2: 'A', preference: 1.5 }, 'found a tie'],
])('%s is named', async (_, row, problem) => {
  expect((await userErrorOf(() => readRow(row))).message).toContain(problem);
});

test('all pairs of scored completions keep a margin', async () => {
  const row = { instruction: 'Q', completions: [completion('C', 1), completion('A', 9), completion('B', 8)] };
  const { pairs } = await readRow({ id: 'u', ...row }, { pairs: 'all', minMargin: 2 });
  expect(pairs.map(({ id, chosen, rejected }) => [id, chosen, rejected])).toEqual([
    ['u/1', 'A', 'C'],
    ['u/2', 'B', 'C'],
  ]);
});

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

test('ShareGPT lists hold prompts', async () => {
  const conversations = [
    { from: 'human', value: 'Q' },
    { from: 'gpt', value: 'A' },
  ];
  expect((await readPrompts(await fileOf({ conversations })))[0]?.messages).toEqual([user('Q')]);
});

const responses = (row: Record<string, unknown>): unknown =>
  ADAPTERS.find(({ matches }) => matches(row))?.toResponses?.(row);

describe('single answers', () => {
  const answer = { prompt: [user('Q')], response: 'A' };

  test.each([
    ['KTO', { prompt: 'Q', completion: 'A', label: false }, { ...answer, label: false }],
    ['prompt-completion', { prompt: [user('Q')], completion: [assistant('A')] }, answer],
    ['AlpacaEval', { instruction: 'Q', output: 'A', generator: 'g' }, { ...answer, generator: 'g' }],
    ['Alpaca', { instruction: 'Q', input: '', output: 'A' }, answer],
    ['messages', { messages: side('A') }, answer],
    ['text', { text: 'A' }, { prompt: [], response: 'A' }],
  ])('of %s', (_, row, expected) => expect(responses(row)).toEqual([expected]));

  test.each([
    [{ prompt: 'Q', completion: 'A', label: 'maybe' }, 'expected true or false in "label", found "maybe"'],
    [{ instruction: 'Q', output: ' ' }, 'expected an answer in "output", found an empty one'],
    [
      { conversations: [{ from: 'bird', value: 'x' }] },
      'conversations[0].from: expected human, gpt, system or tool, found "bird"',
    ],
  ])('of a faulty row are explained', (row, why) => expect(responses(row)).toMatchObject({ why }));
});
