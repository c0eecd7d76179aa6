import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { readPrompts, writeArrowFile } from '../../datasets/index.ts';
import type { PromptRow, RowReport } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

async function fileOf(content: string | Uint8Array, name = 'prompts.jsonl'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

const asked = (id: string, content: string, source = 'prompts.jsonl'): PromptRow => ({
  id,
  messages: [{ role: 'user', content }],
  source,
});

describe('prompts are read from', () => {
  const two = [asked('prompts.jsonl:1', 'a'), asked('prompts.jsonl:2', 'b')];

  test.each([
    ['JSON Lines', '{"prompt":"a"}\n{"prompt":"b"}\n'],
    ['JSON Lines with a byte order mark and CRLF', '\uFEFF{"prompt":"a"}\r\n{"prompt":"b"}\r\n'],
    ['JSON Lines without a final line feed', '{"prompt":"a"}\n{"prompt":"b"}'],
    ['a JSON array', '\n[{"prompt": "a"},\n\n{"prompt": "b"}]\n'],
    ['compressed JSON Lines', gzipSync('{"prompt":"a"}\n{"prompt":"b"}\n')],
    ['a compressed JSON array', gzipSync('[{"prompt":"a"},{"prompt":"b"}]')],
  ])('%s', async (_, content) => {
    expect(await readPrompts(await fileOf(content))).toEqual(two);
  });

  test('an Arrow file, with its ids and sources', async () => {
    const path = join(await temporaryFolder(), 'prompts.arrow');
    const rows = [asked('x', 'é', 'there'), asked('y', 'b', 'here')];
    await writeArrowFile(path, 'prompts', rows);
    expect(await readPrompts(path)).toEqual(rows);
    expect(await readPrompts(path, { limit: 1 })).toEqual(rows.slice(0, 1));
  });

  test('lines that are numbered as in the file when some are blank', async () => {
    expect(await readPrompts(await fileOf('\n{"prompt":"a"}\n\n'))).toEqual([asked('prompts.jsonl:2', 'a')]);
  });

  test('rows that name themselves', async () => {
    const path = await fileOf('{"id":"q","source":"set","prompt":"a"}\n{"id":7,"prompt":"b"}\n{"id":"","prompt":"c"}');
    expect(await readPrompts(path)).toEqual([asked('q', 'a', 'set'), asked('7', 'b'), asked('prompts.jsonl:3', 'c')]);
  });
});

describe('a limit', () => {
  test('takes that many rows and never looks at the rest', async () => {
    const path = await fileOf('{"prompt":"a"}\n{"prompt":"b"}\nnot json');
    expect(await readPrompts(path, { limit: 2 })).toHaveLength(2);
  });

  test('counts the bad rows among the first', async () => {
    const path = await fileOf('not json\n{"prompt":"b"}\n{"prompt":"c"}\nnot json');
    const { message } = await userErrorOf(() => readPrompts(path, { limit: 2 }));
    expect(message).toContain('found 1, and 1 without');
  });
});

test('bad rows are left out and written where skipBad says, and the report counts them', async () => {
  const path = await fileOf('{"prompt":"a"}\nnot json\n{"prompt":""}\n{"instruction":"b"}\n');
  const skipBad = `${path}.bad`;
  const reports: RowReport[] = [];
  const prompts = await readPrompts(path, { skipBad, onReport: (report) => reports.push(report) });
  expect(prompts.map(({ id }) => id)).toEqual(['prompts.jsonl:1', 'prompts.jsonl:4']);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({
    rows: 4,
    good: 2,
    bad: 2,
    items: 2,
    reasons: { 'no-row': 1, 'empty-prompt': 1 },
    adapters: { 'prompt-only': 1, alpaca: 1 },
    warnings: ['The rows mix 2 formats: prompt-only (1 rows), alpaca (1 rows).'],
  });
  expect((await readFile(skipBad, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
});

describe('an error names', () => {
  test('a missing file', async () => {
    expect((await userErrorOf(() => readPrompts('nowhere/prompts.jsonl'))).message).toBe(
      'nowhere/prompts.jsonl: expected a file, found none. Check the path.',
    );
  });

  test.each([
    ['an empty file', ''],
    ['a file of blank lines', '\n \r\n\n'],
    ['an empty array', '[]'],
    ['an empty compressed file', gzipSync('')],
  ])('%s', async (_, content) => {
    const path = await fileOf(content);
    expect(await userErrorOf(() => readPrompts(path), path)).toEqual({
      code: 'prompts.empty',
      message: '.: expected prompts, found no rows. Add a line such as {"prompt": "..."}.',
    });
  });

  test('a binary file', async () => {
    const path = await fileOf(Uint8Array.from({ length: 4096 }, (_, at) => (at * 37) % 256));
    expect((await userErrorOf(() => readPrompts(path))).code).toBe('input.binary');
  });

  test('every kind of bad line, five of them, and counts the rest', async () => {
    const bad = [
      '{"prompt": "cut',
      '[1]',
      '"text"',
      '{"text": "x"}',
      '{"prompt": ""}',
      '{"id": "a", "prompt": "x"}',
      'null',
    ];
    const path = await fileOf(['{"id": "a", "prompt": "x"}', ...bad, ''].join('\n'));
    const { code, message } = await userErrorOf(() => readPrompts(path), path);
    expect(code).toBe('prompts.rows');
    // What JSON.parse says differs from one Node to the next.
    expect(message.replace(/invalid JSON \(.*\)$/m, 'invalid JSON')).toMatchInlineSnapshot(`
      ".: expected a prompt in each row, found 1, and 7 without (4 no-row, 1 unknown-format, 1 empty-prompt, 1 duplicate-id):
        line 2: expected a JSON object, found invalid JSON
        line 3: expected a JSON object, found [1]
        line 4: expected a JSON object, found "text"
        line 5: expected one of messages, prompt, instruction, chosen, rejected, found the keys "text"
        line 6: "prompt" holds an empty prompt
        and 2 more
      Give each row a "prompt" (text), "messages", "instruction", or a "chosen" transcript. Or leave them out with skipBad (--skip-bad)."
    `);
  });

  test('an id that is taken', async () => {
    const path = await fileOf('{"id": "a", "prompt": "x"}\n{"id": "a", "prompt": "y"}');
    const { message } = await userErrorOf(() => readPrompts(path));
    expect(message).toContain('line 2: the id "a" is taken by line 1');
  });

  test('the keys of a file without any prompt', async () => {
    const path = await fileOf('{"text":"x","label":1}\n'.repeat(3));
    const { message } = await userErrorOf(() => readPrompts(path), path);
    expect(message).toContain(
      '.: expected a prompt in each row, found none (3 unknown-format):\n  line 1: expected one of',
    );
    expect(message).toContain('found the keys "text", "label"');
  });

  test('a broken JSON array', async () => {
    const path = await fileOf('[{"prompt": "a"},\n{"prompt": ');
    const { code, message } = await userErrorOf(() => readPrompts(path), path);
    expect(code).toBe('rows.json');
    expect(message).toContain('.: expected a JSON array of objects, found no end of it after 1 rows (line 2)');
  });

  test('bad rows of an array', async () => {
    const path = await fileOf('[{"prompt": "a"}, 3]');
    expect((await userErrorOf(() => readPrompts(path))).message).toContain('row 2: expected a JSON object, found 3');
  });

  test('a truncated Arrow file', async () => {
    const path = await fileOf('ARROW1\0\0rest');
    expect((await userErrorOf(() => readPrompts(path))).code).toBe('arrow.truncated');
  });
});

const HH = fileURLToPath(new URL('../../../shared/data/hh-rlhf/harmless-base-test.jsonl.gz', import.meta.url));
const skip = existsSync(HH) ? '' : ' (skipped: ../shared/data/hh-rlhf is absent)';

test.skipIf(skip)(`all 2,312 rows of HH have a prompt${skip}`, async () => {
  const prompts = await readPrompts(HH);
  expect(prompts).toHaveLength(2312);
  expect(prompts[0]?.id).toBe('harmless-base-test.jsonl.gz:1');
  expect(prompts[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  // Four transcripts of the file have two Assistant turns in a row at their end.
  const unasked = prompts.filter(({ messages }) => messages.at(-1)?.role !== 'user');
  expect(unasked.map(({ id }) => id.split(':')[1])).toEqual(['1255', '1689', '1953', '2037']);
});

test('columns of the file are kept beside the prompt when asked for', async () => {
  const path = await fileOf(
    '{"question":"1 + 1?","answer":"#### 2","level":1}\n{"question":"2 + 2?","answer":"#### 4"}\n',
  );
  expect(await readPrompts(path, { columns: ['answer', 'none'] })).toEqual([
    { ...asked('prompts.jsonl:1', '1 + 1?'), answer: '#### 2' },
    { ...asked('prompts.jsonl:2', '2 + 2?'), answer: '#### 4' },
  ]);
  const [first] = await readPrompts(path, { columns: 'all' });
  expect(first).toEqual({ ...asked('prompts.jsonl:1', '1 + 1?'), question: '1 + 1?', answer: '#### 2', level: 1 });
});
