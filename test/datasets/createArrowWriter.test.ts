import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Field, Float64, Utf8 } from 'apache-arrow';
import { expect, test } from 'vitest';

import { createArrowWriter, readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { ScoreRow } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

const scores = Array.from({ length: 20_000 }, (_, k): ScoreRow & { note: string } => ({
  prompt_id: 'p',
  k,
  score: k % 3 === 0 ? null : k / 7,
  error: null,
  judge_id: 'j',
  note: `n${k}`,
}));

test('rows in pieces of any size give the bytes of rows written at once', async () => {
  const folder = await temporaryFolder();
  await writeArrowFile(join(folder, 'whole'), 'scores', scores, { metadata: { seed: '1' } });
  const writer = await createArrowWriter(join(folder, 'pieces'), 'scores', { metadata: { seed: '1' } });
  for (let at = 0, size = 1; at < scores.length; at += size, size = (size * 3) % 10_007) {
    await writer.write(scores.slice(at, at + size));
  }
  await writer.close();
  expect((await readFile(join(folder, 'pieces'))).equals(await readFile(join(folder, 'whole')))).toBe(true);
  expect(await readArrowFile(join(folder, 'pieces'), 'scores')).toEqual(scores);
});

test('a writer that got no rows closes a file without rows', async () => {
  const path = join(await temporaryFolder(), 'empty');
  await (await createArrowWriter(path, 'scores')).close();
  expect(await readArrowFile(path, 'scores')).toEqual([]);
});

test('nothing has the name before it is closed, and nothing stays when it is given up', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'scores');
  await writeArrowFile(path, 'scores', scores.slice(0, 1));
  const writer = await createArrowWriter(path, 'scores');
  await writer.write(scores);
  expect(await readArrowFile(path, 'scores')).toHaveLength(1);
  await writer.abort();
  expect(await readArrowFile(path, 'scores')).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['scores']);
});

test('a row that does not fit is named by its place in the file, which is given up', async () => {
  const folder = await temporaryFolder();
  const writer = await createArrowWriter(join(folder, 'scores'), 'scores');
  await writer.write(scores.slice(0, 3));
  const { code, message } = await userErrorOf(() => writer.write([scores[3]!, { ...scores[4]!, k: -1 }]));
  expect(code).toBe('arrow.rows');
  expect(message).toContain('row 5, k: Too small');
  expect(await readdir(folder)).toEqual([]);
});

test('a row far down a large piece is named by its place, too', async () => {
  const path = join(await temporaryFolder(), 'scores');
  const rows = scores.map((row, at) => (at === 15_000 ? { ...row, k: -1 } : row));
  const { message } = await userErrorOf(() => writeArrowFile(path, 'scores', rows));
  expect(message).toContain('row 15001, k: Too small');
  await writeArrowFile(path, 'scores', scores);
  expect((await readArrowFile(path, 'scores'))[15_000]).toEqual(scores[15_000]);
});

test.each([
  [{ note: 1 }, 'row 2, "note" must be Utf8'],
  [{ other: 'x' }, 'row 2, "other" is in no row of the first piece'],
  [{ deep: { a: 1, b: 2 } }, 'row 2, "deep" must be Struct<'],
])('an extra value that would be changed or left out is refused: %j', async (extra, says) => {
  const writer = await createArrowWriter(join(await temporaryFolder(), 'scores'), 'scores');
  await writer.write([{ ...scores[0]!, deep: { a: null } } as ScoreRow]);
  const { code, message } = await userErrorOf(() => writer.write([{ ...scores[1]!, ...extra }]));
  expect(code).toBe('arrow.extraColumn');
  expect(message).toContain(says);
});

test('extra columns that are listed may begin in any piece', async () => {
  const path = join(await temporaryFolder(), 'scores');
  const extraColumns = [new Field('note', new Utf8(), true), new Field('weight', new Float64(), true)];
  const writer = await createArrowWriter(path, 'scores', { extraColumns });
  const { note: _, ...first } = scores[0]!;
  const second = { ...scores[1]!, weight: 0.5 };
  await writer.write([first]);
  await writer.write([second]);
  await writer.close();
  expect(await readArrowFile(path, 'scores')).toEqual([{ ...first, note: null, weight: null }, second]);
});
