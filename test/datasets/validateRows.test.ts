import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { validateRows, writeArrowFile } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

const HH = fileURLToPath(new URL('../../../shared/data/hh-rlhf/harmless-base-test.jsonl.gz', import.meta.url));

async function fileOf(...rows: unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

const GOOD = { prompt: 'Q', chosen: 'A', rejected: 'B' };

test('bad pairs are named by file, line, field and value, and counted by reason', async () => {
  const path = await fileOf(GOOD, { ...GOOD, rejected: '' }, { ...GOOD, prompt: [{ role: 'user', content: 3 }] }, '[');
  const report = await validateRows(path, { as: 'pairs' });
  expect(report).toMatchObject({
    rows: 4,
    good: 1,
    bad: 3,
    items: 1,
    adapters: { 'preference-text': 1 },
    warnings: [],
  });
  expect(report.reasons).toEqual({ 'empty-answer': 1, 'wrong-value': 1, 'no-row': 1 });
  expect(report.problems.slice(0, 2)).toEqual([
    {
      file: path,
      at: 'line 2',
      reason: 'empty-answer',
      field: 'rejected',
      value: '""',
      why: 'expected two answers, rejected is empty',
    },
    {
      file: path,
      at: 'line 3',
      reason: 'wrong-value',
      field: 'prompt[0].content',
      value: '3',
      why: 'prompt[0].content: expected text, found 3',
    },
  ]);
});

test('problems beyond the most that are listed are counted', async () => {
  const path = await fileOf(...Array.from({ length: 9 }, () => ({ ...GOOD, chosen: 'B' })));
  const report = await validateRows(path, { as: 'pairs', maxProblems: 2 });
  expect(report.problems).toHaveLength(2);
  expect(report).toMatchObject({ bad: 9, reasons: { 'equal-answers': 9 } });
});

test('a limit leaves the rest unread', async () => {
  expect(await validateRows(await fileOf(GOOD, GOOD, '['), { as: 'pairs', limit: 2 })).toMatchObject({
    rows: 2,
    bad: 0,
  });
});

test('formats that are mixed are counted, and warned about', async () => {
  const transcripts = { chosen: '\n\nHuman: Q\n\nAssistant: A', rejected: '\n\nHuman: Q\n\nAssistant: B' };
  const { adapters, warnings } = await validateRows(await fileOf(GOOD, transcripts, GOOD), { as: 'pairs' });
  expect(adapters).toEqual({ 'preference-text': 2, 'hh-transcript': 1 });
  expect(warnings).toEqual(['The rows mix 2 formats: preference-text (2 rows), hh-transcript (1 rows).']);
});

test('the same rows are good prompts and bad responses', async () => {
  const path = await fileOf({ prompt: 'Q' }, { messages: [{ role: 'user', content: 'Q' }] });
  expect(await validateRows(path, { as: 'prompts' })).toMatchObject({ good: 2 });
  expect(await validateRows(path, { as: 'responses' })).toMatchObject({
    good: 0,
    reasons: { 'unknown-format': 1, 'no-answer-turn': 1 },
  });
});

test('a table of a run is checked column by column, and for ids that are taken', async () => {
  const row = {
    id: 'p/0',
    prompt_id: 'p',
    k: 0,
    text: 'A',
    prompt_token_ids: [1],
    token_ids: [2, 3],
    token_logps: [-1, -2],
    finish_reason: 'stop',
    policy_hash: 'h',
    sampler: 's',
  };
  const path = join(await temporaryFolder(), 'samples.arrow');
  await writeArrowFile(path, 'samples', [row, { ...row, id: 'p/1', k: 1 }]);
  expect(await validateRows(path, { as: 'samples' })).toMatchObject({ rows: 2, good: 2, adapters: { samples: 2 } });
  const faulty = await fileOf(row, row, { ...row, id: 'p/2', k: -1, token_logps: [0] }, { id: 'p/3' });
  const { bad, reasons, problems } = await validateRows(faulty, { as: 'samples' });
  expect(bad).toBe(3);
  expect(reasons).toEqual({ 'duplicate-id': 1, 'wrong-value': 2, 'missing-field': 9 });
  expect(problems.slice(0, 3).map(({ at, field, value }) => [at, field, value])).toEqual([
    ['line 2', 'id', '"p/0"'],
    ['line 3', 'k', '-1'],
    ['line 3', 'token_logps', '[0]'],
  ]);
});

test('a missing file and an unknown adapter are errors of the user', async () => {
  expect((await userErrorOf(() => validateRows('nowhere.jsonl', { as: 'pairs' }))).code).toBe('input.missing');
  const path = await fileOf(GOOD);
  const { message } = await userErrorOf(() => validateRows(path, { as: 'pairs', adapter: 'spim' }));
  expect(message).toContain('Did you mean "spin"?');
});

const skip = existsSync(HH) ? '' : ' (skipped: ../shared/data/hh-rlhf is absent)';

test.skipIf(skip)(`the nine bad rows of the real HH file are named by line${skip}`, async () => {
  const report = await validateRows(HH, { as: 'pairs' });
  expect(report).toMatchObject({ rows: 2312, good: 2303, bad: 9, items: 2303 });
  expect(report.reasons).toEqual({ 'two-prompts': 5, 'empty-answer': 4 });
  expect(report.problems.map(({ at, reason }) => `${at} ${reason}`)).toMatchInlineSnapshot(`
    [
      "line 87 empty-answer",
      "line 517 empty-answer",
      "line 926 empty-answer",
      "line 1104 empty-answer",
      "line 1255 two-prompts",
      "line 1689 two-prompts",
      "line 1951 two-prompts",
      "line 1953 two-prompts",
      "line 2037 two-prompts",
    ]
  `);
});
