import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const HH = '../shared/data/hh-rlhf/harmless-base-test.jsonl.gz';

async function jsonLines(...rows: unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
  return path;
}

const PAIRS = [
  { prompt: 'Name a color.', chosen: 'Blue it is.', rejected: 'No.' },
  { prompt: 'Name a color.', chosen: 'Red.', rejected: 'I will not say.' },
  { prompt: 'Say 😀.', chosen: '😀😀', rejected: 'ab' },
  { prompt: 'Say 😀.', chosen: '😀😀', rejected: 'ab' },
];

test('counts, lengths, length bias and faults of pairs', async () => {
  const path = await jsonLines(...PAIRS, { prompt: 'Hm?', chosen: 'same', rejected: 'same' }, '{"prompt": ');
  const { exitCode, stdout, stderr } = await runMain(['data', 'stats', path]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.replace(path, 'FILE')).toMatchInlineSnapshot(`
    "FILE
    rows      6
    pairs     4
    prompts   2 different
    repeated  1 whose texts were all there before
    bad rows  2
    read as   preference-text 4

    characters  mean  std  min  p5  p25  p50   p75   p95   p99  max
    prompt       9.5  3.5    6   6    6  9.5    13    13    13   13
    chosen      4.75  3.7    2   2    2    3  5.75  9.95  10.8   11
    rejected     5.5  5.5    2   2    2  2.5     6  13.2  14.6   15
    turns          1    0    1   1    1    1     1     1     1    1

    words     mean    std  min  p5  p25  p50   p75   p95   p99  max
    prompt     2.5    0.5    2   2    2  2.5     3     3     3    3
    chosen     1.5  0.866    1   1    1    1   1.5   2.7  2.94    3
    rejected  1.75    1.3    1   1    1    1  1.75  3.55  3.91    4

    chosen is   longer  as long  shorter
    characters   25.0%    50.0%    25.0%
    words        25.0%    50.0%    25.0%

    prompt, words
    2 to 3  2  ############################################################
    3 to 4  2  ############################################################

    chosen, words
    1 to 2  3  ############################################################
    2 to 3  0
    3 to 4  1  ####################

    rejected, words
    1 to 2  3  ############################################################
    2 to 3  0
    3 to 4  0
    4 to 5  1  ####################

    bad rows: 2 of 6
      1 equal-answers
        expected two different answers, "chosen" and "rejected" are the same (line 5)
      1 no-row
        expected a JSON object, found invalid JSON (Unexpected end of JSON input) (line 6)
    "
  `);
});

test('--json has rows, pairs and every number', async () => {
  const { stdout } = await runMain(['data', 'stats', await jsonLines(...PAIRS), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 4,
    pairs: 4,
    responses: 0,
    prompts: { unique: 2 },
    duplicates: 1,
    bad: 0,
    problems: [],
    adapters: { 'preference-text': 4 },
    // An emoji is one character.
    lengths: { characters: { chosen: { min: 2, max: 11 }, prompt: { max: 13 } }, words: { rejected: { max: 4 } } },
    chosenLength: { characters: { longer: 0.25, equal: 0.5, shorter: 0.25 } },
    turns: { max: 1 },
  });
});

test('a file of answers or of prompts is told and measured as such', async () => {
  const answers = await jsonLines({ prompt: 'a', completion: 'b c' }, { prompt: 'd', completion: 'e', score: 2 });
  expect(JSON.parse((await runMain(['data', 'stats', answers, '--json'])).stdout)).toMatchObject({
    as: 'responses',
    pairs: 0,
    responses: 2,
    lengths: { words: { response: { mean: 1.5 } } },
  });
  const prompts = await jsonLines({ prompt: 'a' }, { messages: [{ role: 'user', content: 'b' }] });
  expect(JSON.parse((await runMain(['data', 'stats', prompts, '--json'])).stdout)).toMatchObject({
    as: 'prompts',
    prompts: { unique: 2 },
  });
});

test('--as settles what rows should hold, so that all others are bad', async () => {
  const path = await jsonLines(...PAIRS, { prompt: 'alone' });
  const asPrompts = JSON.parse((await runMain(['data', 'stats', path, '--as', 'prompts', '--json'])).stdout) as object;
  expect(asPrompts).toMatchObject({ rows: 5, pairs: 0, bad: 0 });
  const asPairs = JSON.parse((await runMain(['data', 'stats', path, '--json'])).stdout) as object;
  expect(asPairs).toMatchObject({ rows: 5, pairs: 4, bad: 1 });
  const limited = JSON.parse((await runMain(['data', 'stats', path, '--limit', '2', '--json'])).stdout) as object;
  expect(limited).toMatchObject({ rows: 2, pairs: 2, bad: 0 });
});

test('score margins are described where rows have them', async () => {
  const path = await jsonLines({
    prompt: 'a',
    chosen: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
    ],
    rejected: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'c' },
    ],
    score_chosen: 8,
    score_rejected: 5,
  });
  const { stdout } = await runMain(['data', 'stats', path, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ pairs: 1, numbers: { scoreMargin: { mean: 3 } } });
});

test.each([
  [[], 'expected rows, found none. Name a file that has some.\n'],
  [['--adapter', 'preference-txt'], 'Did you mean "preference-text"?'],
  [['--limit', '0'], '--limit: expected a whole number of at least 1, got 0.\n'],
  [['--tokenizer', 'no-such-folder'], 'no-such-folder'],
])('an empty file with %j is wrong input', async (options, message) => {
  const { exitCode, stdout, stderr } = await runMain(['data', 'stats', await jsonLines(), ...options]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('HH: 2303 pairs in 2312 rows, 5 with two prompts and 4 with an empty side', async ({ skip }) => {
  await access(HH).catch(() => skip(`${HH} is not there`));
  const { stdout } = await runMain(['data', 'stats', HH, '--json']);
  const { rows, pairs, problems } = JSON.parse(stdout) as { rows: number; pairs: number; problems: object[] };
  expect({ rows, pairs }).toEqual({ rows: 2312, pairs: 2303 });
  expect(problems).toMatchObject([
    { reason: 'two-prompts', count: 5, first: [{ at: 'line 1255' }, {}, {}, {}, {}] },
    { reason: 'empty-answer', count: 4, first: [{ at: 'line 87' }, {}, {}, {}] },
  ]);
});
