import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readPrompts, readResponses } from '../../datasets/index.ts';
import { assistant, fileOf, side, user } from './adapters/rowFiles.ts';
import { userErrorOf } from './userErrorOf.ts';

const ANSWER = { prompt: [user('Q')], response: 'A' };
const from = (speaker: string, value: string): object => ({ from: speaker, value });

describe('a row is told and read as an answer, and as a prompt:', () => {
  test.each<[string, string, object, object]>([
    ['kto', 'trl-lib/kto-mix-14k', { prompt: [user('Q')], completion: [assistant('A')], label: true }, { label: true }],
    ['kto', 'text of CSV', { prompt: 'Q', completion: 'A', label: 'False' }, { label: false }],
    ['prompt-completion', 'trl-lib/tldr', { prompt: 'Q', completion: 'A' }, {}],
    ['alpaca', 'tatsu-lab/alpaca', { instruction: 'Q', input: '', output: 'A', text: 'whole' }, {}],
    ['alpaca-eval', 'AlpacaEval', { dataset: 'd', instruction: 'Q', output: 'A', generator: 'g' }, { generator: 'g' }],
    ['messages', 'trl-lib/Capybara', { source: 'c', messages: side('A') }, { source: 'c' }],
    ['sharegpt', 'ShareGPT', { id: 's', conversations: [from('human', 'Q'), from('gpt', 'A')] }, { id: 's' }],
    ['question-answer', 'openai/gsm8k', { question: 'Q', answer: 'A' }, {}],
    ['helpsteer', 'nvidia/HelpSteer2', { prompt: 'Q', response: 'A', helpfulness: 3, verbosity: 2 }, { score: 3 }],
  ])('%s, %s', async (name, _, row, extra) => {
    const path = await fileOf(row);
    const { responses, adapters } = await readResponses(path);
    expect(adapters).toEqual({ [name]: 1 });
    expect(responses).toEqual([{ id: 'rows.jsonl:1', ...ANSWER, source: 'rows.jsonl', ...extra }]);
    expect((await readPrompts(path))[0]!.messages).toEqual([user('Q')]);
  });
});

test('text alone answers nothing, and is no prompt', async () => {
  const path = await fileOf({ text: 'A' });
  expect((await readResponses(path)).responses[0]).toMatchObject({ prompt: [], response: 'A' });
  expect((await userErrorOf(() => readPrompts(path))).code).toBe('prompts.rows');
});

test('the answers of one row are numbered', async () => {
  const completions = [
    { response: 'A', overall_score: 9, model: 'm' },
    { response: 'B', overall_score: 1 },
  ];
  const arena = { id: 'a', winner: 'model_b', model_a: 'x', conversation_a: side('C'), conversation_b: side('D') };
  const path = await fileOf({ id: 'u', instruction: 'Q', completions }, arena);
  const { responses, rows, items, warnings } = await readResponses(path);
  expect(responses.map(({ prompt: _prompt, source: _source, ...rest }) => rest)).toEqual([
    { id: 'u/1', response: 'A', score: 9, generator: 'm' },
    { id: 'u/2', response: 'B', score: 1 },
    { id: 'a/1', response: 'C', label: false, generator: 'x' },
    { id: 'a/2', response: 'D', label: true },
  ]);
  expect({ rows, items }).toEqual({ rows: 2, items: 4 });
  expect(warnings[0]).toContain('mix 2 formats');
});

describe('a faulty row is explained:', () => {
  const image = [{ type: 'image_url', image_url: { url: 'x' } }];

  test.each<[object, string]>([
    [{ prompt: 'Q', completion: 'A', label: 'maybe' }, 'expected true or false in "label", found "maybe"'],
    [{ instruction: 'Q', output: ' ' }, 'expected an answer in "output", found an empty one'],
    [{ instruction: 'Q', output: 'A', generator: 3 }, 'expected a name in "generator", found 3'],
    [{ question: 'Q', answer: null }, 'expected an answer in "answer", found nothing'],
    [{ text: ' ' }, 'expected text in "text", found an empty one'],
    [{ prompt: 'Q', response: 'A', helpfulness: 'high' }, 'expected a number in "helpfulness", found "high"'],
    [{ messages: [user('Q')] }, 'to end in an assistant\'s answer, found the role "user"'],
    [{ messages: [assistant('A')] }, 'to begin with a prompt, found only an answer'],
    [
      { messages: [{ role: 'user', content: image }, assistant('A')] },
      'messages[0].content[0]: expected text, found a part of type "image_url"',
    ],
    [
      { messages: [user('Q'), { role: 'assistant', content: null, tool_calls: [{ id: 't' }] }] },
      'messages[1].tool_calls: expected text alone, found a call of a tool',
    ],
    [
      { conversations: [from('human', 'Q'), from('function_call', '{}')] },
      'found "function_call": calls of tools are not read',
    ],
    [
      { conversations: [from('bird', 'x')] },
      'conversations[0].from: expected human, gpt, system or tool, found "bird"',
    ],
    [{ chosen: 'A', rejected: 'B' }, 'expected "prompt" and "completion" or another format with answers'],
  ])('%j', async (row, why) => {
    expect((await userErrorOf(async () => readResponses(await fileOf(row)))).message).toContain(why);
  });
});

test('text parts are joined, and results of tools are turns', async () => {
  const parts = [
    { type: 'text', text: 'Q1 ' },
    { type: 'text', text: 'Q2' },
  ];
  const tool = { role: 'tool', content: '4', tool_call_id: 't' };
  const { responses } = await readResponses(
    await fileOf({ messages: [{ role: 'user', content: parts }, tool, assistant('A')] }),
  );
  expect(responses[0]!.prompt).toEqual([user('Q1 Q2'), { role: 'tool', content: '4' }]);
});

test('rows without an answer are left out where skipBad says', async () => {
  const path = await fileOf({ prompt: 'Q', completion: 'A' }, { prompt: 'Q', completion: '' });
  const { responses, bad } = await readResponses(path, { skipBad: `${path}.bad` });
  expect({ read: responses.length, bad }).toEqual({ read: 1, bad: 1 });
  expect(JSON.parse(await readFile(`${path}.bad`, 'utf8'))).toMatchObject({ at: 'line 2', reason: 'empty-answer' });
});

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const skip = existsSync(DATA) ? '' : ' (skipped: ../shared/data is absent)';

describe('real files hold', () => {
  test.skipIf(skip).each([
    ['SPPO-Mistral7B-PairRM', 'alpaca_eval/SPPO-Mistral7B-PairRM.model_outputs.json'],
    ['alpaca-7b', 'alpaca_eval/alpaca-7b.model_outputs.json'],
    ['gpt4_1106_preview', 'alpaca_eval/gpt4_1106_preview.model_outputs.json'],
  ])(`805 answers of %s${skip}`, async (generator, file) => {
    const { responses, good } = await readResponses(`${DATA}${file}`);
    expect(good).toBe(805);
    expect(new Set(responses.map((response) => response.generator))).toEqual(new Set([generator]));
    expect(responses.every(({ prompt, response }) => prompt.length === 1 && response !== '')).toBe(true);
  });

  test.skipIf(skip)(`1,319 answers to GSM8K's questions${skip}`, async () => {
    const { responses, adapters } = await readResponses(`${DATA}gsm8k/test.jsonl`);
    expect(adapters).toEqual({ 'question-answer': 1319 });
    expect(responses.every(({ response }) => /\n#### -?[\d,.]+$/.test(response))).toBe(true);
  });
});
