import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const HH = '../shared/data/hh-rlhf/harmless-base-test.jsonl.gz';
const GOOD = { prompt: 'a', chosen: 'b', rejected: 'c' };

async function jsonLines(...rows: unknown[]): Promise<string> {
  const path = join(await temporaryFolder(), 'rows.jsonl');
  await writeFile(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
  return path;
}

test('good rows end with exit code 0', async () => {
  const path = await jsonLines(GOOD, { ...GOOD, chosen: 'd' });
  expect(await runMain(['data', 'validate', path])).toEqual({
    exitCode: 0,
    stdout: `${path}: 2 of 2 rows are good pairs, 0 are bad\n`,
    stderr: '',
  });
});

test('bad rows are named and counted, with exit code 2', async () => {
  const path = await jsonLines(GOOD, { ...GOOD, chosen: 5 }, GOOD, { ...GOOD, chosen: 'c' }, '[1]', GOOD);
  const { exitCode, stdout } = await runMain(['data', 'validate', path]);
  expect(exitCode).toBe(2);
  expect(stdout.replaceAll(path, 'FILE')).toMatchInlineSnapshot(`
    "line 2: expected text or a list of messages {role, content} in "chosen", found 5
    line 4: expected two different answers, "chosen" and "rejected" are the same [rejected is "c"]
    line 5: expected a JSON object, found [1]
    FILE: 3 of 6 rows are good pairs, 3 are bad (1 wrong-value, 1 equal-answers, 1 no-row)
    "
  `);
  const short = await runMain(['data', 'validate', path, '--limit', '1']);
  expect(short.stdout).toContain('and 2 more problems (--limit lists further)\n');
});

test('--json has each problem by file, place, field, value and reason', async () => {
  const path = await jsonLines(GOOD, { ...GOOD, chosen: 5 });
  const { exitCode, stdout } = await runMain(['data', 'validate', path, '--json']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    as: 'pairs',
    rows: 2,
    good: 1,
    bad: 1,
    problems: [{ file: path, at: 'line 2', field: 'chosen', value: '5' }],
  });
});

test('rows can be checked against a table of a run', async () => {
  const path = join(await temporaryFolder(), 'logps.arrow');
  await writeArrowFile(path, 'logps', [{ pair_id: 'p', side: 'chosen', model_hash: 'h', sum: -1, count: 2 }]);
  expect((await runMain(['data', 'validate', path, '--as', 'logps'])).exitCode).toBe(0);
  const { exitCode, stdout } = await runMain(['data', 'validate', path, '--as', 'scores']);
  expect(exitCode).toBe(2);
  expect(stdout).toContain('row 1: prompt_id: ');
});

test('a file without rows is wrong input', async () => {
  const path = await jsonLines();
  expect(await runMain(['data', 'validate', path])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `${path}: expected rows, found none. Name a file that has some.\n`,
  });
});

test('HH: 9 bad rows, all named', async ({ skip }) => {
  await access(HH).catch(() => skip(`${HH} is not there`));
  const { exitCode, stdout } = await runMain(['data', 'validate', HH, '--as', 'pairs']);
  expect(exitCode).toBe(2);
  expect(stdout.split('\n')).toHaveLength(11);
  expect(stdout).toContain(`${HH}: 2303 of 2312 rows are good pairs, 9 are bad (5 two-prompts, 4 empty-answer)\n`);
});
