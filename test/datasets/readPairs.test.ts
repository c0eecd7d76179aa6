import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { describeProblem, readPairs, writeArrowFile } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

const HH = fileURLToPath(new URL('../../../shared/data/hh-rlhf/harmless-base-test.jsonl.gz', import.meta.url));

async function fileOf(...rows: unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), 'pairs.jsonl');
  await writeFile(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

const user = (content: string): object => ({ role: 'user', content });
const assistant = (content: string): object => ({ role: 'assistant', content });
const EXPECTED = { prompt: [user('Q')], chosen: 'A', rejected: 'B' };

test.each([
  ['text beside a text prompt', { prompt: 'Q', chosen: 'A', rejected: 'B' }],
  ['text beside messages', { prompt: [user('Q')], chosen: 'A', rejected: 'B' }],
  ['text beside an instruction', { instruction: 'Q', chosen: 'A', rejected: 'B' }],
  [
    'answers as messages beside a prompt',
    { prompt: [user('Q')], chosen: [assistant('A')], rejected: [assistant('B')] },
  ],
  ['whole conversations', { chosen: [user('Q'), assistant('A')], rejected: [user('Q'), assistant('B')] }],
  ['transcripts', { chosen: '\n\nHuman: Q\n\nAssistant: A', rejected: '\n\nHuman: Q\n\nAssistant: B' }],
])('%s', async (_, row) => {
  const { pairs, problems } = await readPairs(await fileOf({ id: 'one', ...row }));
  expect(problems).toEqual([]);
  expect(pairs).toEqual([{ id: 'one', ...EXPECTED }]);
});

test('rows without an id are called after file and line, and the limit counts rows', async () => {
  const path = await fileOf({ prompt: 'Q', chosen: 'A', rejected: 'B' }, 'no json', { prompt: 'Q' });
  const { pairs, problems } = await readPairs(path, { limit: 1 });
  expect(pairs.map(({ id }) => id)).toEqual(['pairs.jsonl:1']);
  expect(problems).toEqual([]);
});

test('a pairs table of a run is read as it is', async () => {
  const path = join(await temporaryFolder(), 'pairs.arrow');
  const probabilities = { p_chosen: 0.7, p_rejected: 0.3, p_chosen_beats_rejected: 0.8, weight: 1, round: 1 };
  const samples = { chosen_sample_id: null, rejected_sample_id: null, provenance: 'test' };
  const prompt = [{ role: 'user', content: 'Q' }];
  const row = { id: 'p/1', prompt_id: 'p', prompt, chosen: 'A', rejected: 'B', ...probabilities, ...samples };
  await writeArrowFile(path, 'pairs', [row]);
  expect((await readPairs(path)).pairs).toEqual([{ id: 'p/1', ...EXPECTED, chosenProbability: 0.8 }]);
});

test('a margin column is the margin of the scores, unless the format has its own', async () => {
  const path = await fileOf(
    { id: 'plain', ...EXPECTED, margin: 2 },
    { id: 'own', ...EXPECTED, score_chosen: 9, score_rejected: 4, margin: 2 },
    { id: 'words', ...EXPECTED, margin: 'large' },
  );
  expect((await readPairs(path)).pairs.map(({ scoreMargin }) => scoreMargin)).toEqual([2, 5, undefined]);
});

test('a label that is no probability is named', async () => {
  const path = await fileOf({ ...EXPECTED, p_chosen_beats_rejected: 1.5 });
  const { message } = await userErrorOf(() => readPairs(path));
  expect(message).toContain('expected a number from 0 to 1 in "p_chosen_beats_rejected", found 1.5');
});

test('each row that is no pair is named with what is wrong', async () => {
  const path = await fileOf(
    { id: 'good', ...EXPECTED },
    { id: 'good', ...EXPECTED },
    { prompt: 'Q', chosen: 'A', rejected: ' ' },
    { prompt: 'Q', chosen: 'A', rejected: 'A' },
    { chosen: '\n\nHuman: Q\n\nAssistant: A', rejected: '\n\nHuman: R\n\nAssistant: B' },
    { chosen: 'A', rejected: 'B' },
    { prompt: 'Q', chosen: 'A' },
    { prompt: 'Q', chosen: [user('A')], rejected: 'B' },
    '[1',
  );
  const skipBad = `${path}.bad`;
  const { pairs, bad, problems, reasons } = await readPairs(path, { skipBad });
  expect(pairs).toHaveLength(1);
  expect(bad).toBe(8);
  expect(reasons).toEqual({
    'duplicate-id': 1,
    'empty-answer': 1,
    'equal-answers': 1,
    'two-prompts': 1,
    'missing-field': 2,
    'no-answer-turn': 1,
    'no-row': 1,
  });
  expect(problems.map((problem) => describeProblem(path, problem))).toMatchInlineSnapshot(`
    [
      "line 2: the id "good" is taken by line 1",
      "line 3: expected two answers, rejected is empty",
      "line 4: expected two different answers, "chosen" and "rejected" are the same",
      "line 5: expected one prompt, "chosen" and "rejected" have different ones",
      "line 6: expected the conversation in "prompt", or "chosen" and "rejected" to begin with it, found no common beginning",
      "line 7: expected "chosen" and "rejected", found no "rejected"",
      "line 8: "chosen" must end in an assistant's answer",
      "line 9: expected a JSON object, found invalid JSON (Expected ',' or ']' after array element in JSON at position 2)",
    ]
  `);
});

test('a file without rows is refused', async () => {
  expect((await userErrorOf(async () => readPairs(await fileOf()))).code).toMatch(/empty/);
});

test('bad rows are an error without a file for them, and nothing is written', async () => {
  const path = await fileOf({ id: 'good', ...EXPECTED }, { prompt: 'Q', chosen: 'A', rejected: 'A' }, { prompt: 'Q' });
  const { code, message } = await userErrorOf(() => readPairs(path), path);
  expect(code).toBe('pairs.rows');
  expect(message).toMatchInlineSnapshot(`
    ".: expected a preference pair in each row, found 1, and 2 without (1 equal-answers, 1 unknown-format):
      line 2: expected two different answers, "chosen" and "rejected" are the same
      line 3: expected "chosen" and "rejected" or another format with pairs, found the keys "prompt"
    Mend these rows. Or leave them out with skipBad (--skip-bad)."
  `);
  expect(await readdir(dirname(path))).toEqual(['pairs.jsonl']);
});

test('the file of bad rows names each with its row, and replaces an older one', async () => {
  const bad = { id: 'bad', prompt: 'Q', chosen: 'A', rejected: 'A' };
  const path = await fileOf(bad, { id: 'good', ...EXPECTED }, '{');
  const skipBad = join(dirname(path), 'bad.jsonl');
  await writeFile(skipBad, 'older');
  await readPairs(path, { skipBad });
  const lines = (await readFile(skipBad, 'utf8')).trimEnd().split('\n');
  const [first, second] = lines.map((line) => JSON.parse(line) as object);
  expect(lines).toHaveLength(2);
  const why = 'expected two different answers, "chosen" and "rejected" are the same';
  expect(first).toEqual({ file: path, at: 'line 1', reason: 'equal-answers', why, row: bad });
  expect(second).toMatchObject({ at: 'line 3', reason: 'no-row' });
  await readPairs(path, { skipBad, limit: 2 });
  expect((await readFile(skipBad, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
});

test('bad rows are not written over the file that is read', async () => {
  const path = await fileOf({ id: 'good', ...EXPECTED });
  expect((await userErrorOf(() => readPairs(path, { skipBad: path }))).code).toBe('rows.skipBad');
  expect((await readPairs(path)).pairs).toHaveLength(1);
});

test('files of one name in several folders keep their rows apart', async () => {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'pairs.jsonl'), JSON.stringify(EXPECTED));
  }
  const { pairs } = await readPairs(join(folder, '*/pairs.jsonl'));
  expect(pairs.map(({ id }) => id)).toEqual(['pairs.jsonl:1', `${join(folder, 'b/pairs.jsonl')}:1`]);
  const { code } = await userErrorOf(() => readPairs(join(folder, '*/*'), { skipBad: join(folder, 'b/pairs.jsonl') }));
  expect(code).toBe('rows.skipBad');
});

test('an id that is taken names the line that took it, in whichever file that was', async () => {
  const folder = await temporaryFolder();
  const lines = (...ids: string[]): string => ids.map((id) => JSON.stringify({ ...EXPECTED, id })).join('\n\n');
  await writeFile(join(folder, 'a.jsonl'), lines('1', '2', '3'));
  await writeFile(join(folder, 'b.jsonl'), lines('4', '2', '5'));
  await writeFile(join(folder, 'c.jsonl'), lines('6', '7', '5', '6'));
  const { message } = await userErrorOf(() => readPairs(join(folder, '*.jsonl')), folder);
  expect(message).toContain('b.jsonl, line 3: the id "2" is taken by ./a.jsonl, line 3');
  expect(message).toContain('c.jsonl, line 5: the id "5" is taken by ./b.jsonl, line 5');
  expect(message).toContain('c.jsonl, line 7: the id "6" is taken by line 1');
});

test('pairs are read from CSV, where scores and lists are text', async () => {
  const path = join(await temporaryFolder(), 'pairs.csv');
  const completions = JSON.stringify([
    { response: 'B', overall_score: '1' },
    { response: 'A', overall_score: 9 },
  ]).replaceAll('"', '""');
  await writeFile(path, `id,instruction,completions\nc,Q,"${completions}"\n`);
  expect((await readPairs(path)).pairs).toEqual([{ id: 'c', ...EXPECTED, scoreMargin: 8 }]);
});

test('a file without any pair is refused, also where bad rows may be left out', async () => {
  const path = await fileOf({ prompt: 'Q' });
  const { message } = await userErrorOf(() => readPairs(path, { skipBad: `${path}.bad` }), path);
  expect(message).toContain('expected a preference pair in each row, found none');
});

const skip = existsSync(HH) ? '' : ' (skipped: ../shared/data/hh-rlhf is absent)';

test.skipIf(skip)(
  `the real HH file has 2,303 pairs, 5 rows with two prompts, 4 with an empty side${skip}`,
  async () => {
    const skipBad = join(await temporaryFolder(), 'bad.jsonl');
    const { pairs, rows, bad, reasons, adapters, problems } = await readPairs(HH, { skipBad });
    expect(pairs).toHaveLength(2303);
    expect({ rows, bad }).toEqual({ rows: 2312, bad: 9 });
    expect(reasons).toEqual({ 'two-prompts': 5, 'empty-answer': 4 });
    expect(adapters).toEqual({ 'hh-transcript': 2303 });
    const written = (await readFile(skipBad, 'utf8')).trimEnd().split('\n');
    expect(written.map((line) => (JSON.parse(line) as { at: string }).at)).toEqual(problems.map(({ at }) => at));
  },
);
