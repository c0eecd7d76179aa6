import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { recordTransform, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const ROWS = [
  { id: 'a', prompt: 'Name a color.', chosen: 'Blue is a color that many people like.', rejected: 'No.', score: 1 },
  { id: 'b', prompt: [{ role: 'user', content: 'Hi' }], chosen: 'Hello!', rejected: 'Hm', score: 1.5 },
  { id: 'c', color: 'red', wheels: 4, tags: ['car'] },
];

async function jsonLines(...rows: unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl.gz');
  await writeFile(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
  return path;
}

test('shows format, size, columns and rows, pairs side by side', async () => {
  const path = await jsonLines(...ROWS, 7);
  const { exitCode, stdout, stderr } = await runMain(['data', 'inspect', path, '--rows', '4']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout.replace(path, 'FILE').replace(/\d+ bytes/, 'N bytes')).toMatchInlineSnapshot(`
    "FILE
    format   JSON Lines, gzip, N bytes
    rows     4
    read as  preference-text (pairs, prompts), 2 of 4 rows
    read as  none of the known formats, 1 of 4 rows

    columns
      id        text
      prompt    text 50.0%, list of {role, content} 50.0%  missing in 33.3%
      chosen    text                                       missing in 33.3%
      rejected  text                                       missing in 33.3%
      score     integer 50.0%, number 50.0%                missing in 33.3%
      color     text                                       missing in 66.7%
      wheels    integer                                    missing in 66.7%
      tags      list of text                               missing in 66.7%

    --- line 1, a
    user: Name a color.
    chosen                                             rejected
    Blue is a color that many people like.             No.

    --- line 2, b
    user: Hi
    chosen                                             rejected
    Hello!                                             Hm

    --- line 3, c
    id: c
    color: red
    wheels: 4
    tags: ["car"]

    --- line 4
    expected a JSON object, found 7
    "
  `);
});

test('--json has the same for a program', async () => {
  const { stdout } = await runMain(['data', 'inspect', await jsonLines(...ROWS), '--rows', '1', '--at', '3', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'JSON Lines, gzip',
    rows: 3,
    counted: true,
    adapters: { 'preference-text': 2, none: 1 },
    columns: [{ name: 'id', types: { text: 3 }, nulls: 0 }, { name: 'prompt' }, {}, {}, { nulls: 1 / 3 }, {}, {}, {}],
    sample: [{ at: 'line 3', row: ROWS[2] }],
  });
});

test('an Arrow file says how it was made, and its rows are not counted one by one', async () => {
  const path = join(await temporaryFolder(), 'prompts.arrow');
  const rows = ['a', 'b'].map((id) => ({ id, messages: [{ role: 'user', content: id }], source: 's' }));
  const entry = { name: 'shuffle', options: { seed: 1 }, rowsIn: 2, rowsOut: 2 };
  await writeArrowFile(path, 'prompts', rows, { metadata: recordTransform({ author: 'me' }, entry) });
  const { stdout } = await runMain(['data', 'inspect', path, '--scan', '1', '--rows', '1']);
  expect(stdout).toContain('rows     2\n');
  expect(stdout).toContain('how it was made\n  shuffle {"seed":1}: 2 rows in, 2 out\n');
  expect(stdout).toContain('metadata\n  author: me\n');
});

test('a text file is counted as far as --scan says', async () => {
  const { stdout } = await runMain(['data', 'inspect', await jsonLines(...ROWS), '--scan', '2', '--rows', '0']);
  expect(stdout).toContain('rows     at least 2 (--scan looks further)\n');
});

test.each([
  [['--at', '9'], '--at: expected a row of the 3 there are, got 9. Name an earlier one.\n'],
  [['--at', '0'], '--at: expected a whole number of at least 1, got 0.\n'],
  [['--rows', '-1'], '--rows: expected a whole number of at least 0, got -1.\n'],
])('%j is wrong', async (options, message) => {
  expect(await runMain(['data', 'inspect', await jsonLines(...ROWS), ...options])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: message,
  });
});

test('a missing and an empty file are named', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'empty.jsonl'), '');
  expect(await runMain(['data', 'inspect', join(folder, 'none.jsonl')])).toMatchObject({
    exitCode: 2,
    stderr: `${folder}/none.jsonl: expected a file, found none. Check the path.\n`,
  });
  expect(await runMain(['data', 'inspect', join(folder, 'empty.jsonl')])).toMatchObject({
    exitCode: 2,
    stderr: `${folder}/empty.jsonl: expected rows, found none. Name a file that has some.\n`,
  });
});

test('nothing in a row can steer the terminal', async () => {
  const { stdout } = await runMain(['data', 'inspect', await jsonLines({ id: '\u001B[2J', '\u001B[1m': '\u0007' })]);
  for (const control of ['\u0007', '\u001B']) expect(stdout).not.toContain(control);
  expect(stdout).toContain('--- line 1, \\u001b[2J\n');
});
