import { join } from 'node:path';

import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { expect, onTestFinished, test } from 'vitest';

import { writeArrowFile } from '../../../datasets/index.ts';
import { plainRows } from '../../../datasets/readers/arrowValues.ts';
import { openFile } from '../../../datasets/readers/byteSource.ts';
import { openArrow } from '../../../datasets/readers/openArrow.ts';
import type { ArrowFile } from '../../../datasets/readers/openArrowFile.ts';
import { readArrow } from '../../../datasets/readers/readArrow.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { countedSource } from './countedSource.ts';
import { memorySource } from './memorySource.ts';

const logp = (at: number) => ({
  pair_id: `pair ${at}`,
  side: 'chosen' as const,
  model_hash: 'm'.repeat(200),
  sum: -at / 7,
  count: at,
});

async function rowsOf(bytes: Uint8Array): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readArrow(memorySource(bytes))) rows.push(row);
  return rows;
}

/** Three record batches: two of 8,192 rows and one of 3,616. */
async function manyRows(): Promise<string> {
  const path = join(await temporaryFolder(), 'many.arrow');
  await writeArrowFile(
    path,
    'logps',
    Array.from({ length: 20_000 }, (_, at) => logp(at)),
  );
  return path;
}

test('a file is opened by its footer, and its record batches read alone and in any order', async () => {
  const source = await countedSource(await manyRows());
  onTestFinished(() => source.close());
  const arrow = (await openArrow(source)) as ArrowFile;
  expect(arrow.batchCount).toBe(3);
  expect(arrow.schema.names).toEqual(['pair_id', 'side', 'model_hash', 'sum', 'count']);
  expect(source.bytesRead()).toBeLessThan(2000);
  expect(await arrow.countRows()).toBe(20_000);
  expect(source.bytesRead()).toBeLessThan(5000);

  const [last, first] = await Promise.all([arrow.batch(2), arrow.batch(0)]);
  expect([last.numRows, first.numRows]).toEqual([3616, 8192]);
  expect(plainRows(last).next().value).toEqual(logp(16_384));
  expect(plainRows(first).next().value).toEqual(logp(0));
  expect(source.bytesRead()).toBeLessThan(0.7 * source.byteLength!);
});

test('rows that nobody asks for are not read', async () => {
  const source = await countedSource(await manyRows());
  onTestFinished(() => source.close());
  for await (const row of readArrow(source)) if (row.count === 10) break;
  expect(source.bytesRead()).toBeLessThan(0.5 * source.byteLength!);
});

test('a file whose length is not known is refused: its footer is at the end', async () => {
  const source = { ...(await openFile(await manyRows())), byteLength: undefined };
  onTestFinished(() => source.close());
  expect((await userErrorOf(() => openArrow(source))).code).toBe('arrow.length');
});

test('a record batch that is asked for and not there is an error', async () => {
  const source = await openFile(await manyRows());
  onTestFinished(() => source.close());
  const arrow = (await openArrow(source)) as ArrowFile;
  const { code, message } = await userErrorOf(() => arrow.batch(3));
  expect(code).toBe('arrow.damaged');
  expect(message).toContain('no record batch 3, there are 3');
});

const table = tableFromArrays({ id: ['a', 'bcd'], n: [1, 2] });

test.each(['file', 'stream'] as const)('a %s cut anywhere is an error, never fewer rows', async (format) => {
  const bytes = tableToIPC(table, format);
  for (let length = 8; length < bytes.length; length++) {
    const { code, message } = await userErrorOf(() => rowsOf(bytes.subarray(0, length)));
    expect(code).toBe('arrow.truncated');
    expect(message).toMatch(/^memory: expected an Arrow (file|stream) that ends in its/);
  }
});

test.each(['file', 'stream'] as const)(
  'a %s with one byte changed gives all of its rows, or an error',
  async (format) => {
    const bytes = tableToIPC(table, format);
    for (let at = 8; at < bytes.length; at++) {
      bytes[at]! ^= 0xff;
      try {
        expect(await rowsOf(bytes)).toHaveLength(2);
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^arrow\./),
          message: expect.stringMatching(/^memory: /),
        });
      }
      bytes[at]! ^= 0xff;
    }
  },
);

test('what follows the end of a stream is not passed over', async () => {
  const bytes = tableToIPC(table, 'stream');
  const { code, message } = await userErrorOf(() => rowsOf(Buffer.concat([bytes, bytes])));
  expect(code).toBe('arrow.damaged');
  expect(message).toContain(`it goes on after its end mark, at byte ${bytes.length}`);
});
