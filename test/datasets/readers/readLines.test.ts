import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readLines } from '../../../datasets/readers/readLines.ts';
import type { Line } from '../../../datasets/readers/readLines.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { fromFile } from './fromFile.ts';

async function allLines(path: string): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of fromFile(path, readLines)) lines.push(line);
  return lines;
}

async function linesOf(content: string | Uint8Array): Promise<Line[]> {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  return allLines(path);
}

test('lines come without their line feed, blank ones and an unended last one included', async () => {
  expect(await linesOf('a\n\nb')).toEqual([
    { number: 1, text: 'a' },
    { number: 2, text: '' },
    { number: 3, text: 'b' },
  ]);
});

test('a final line feed begins no line, and an empty file has none', async () => {
  expect(await linesOf('a\n')).toHaveLength(1);
  expect(await linesOf('')).toEqual([]);
});

test('a byte order mark is dropped', async () => {
  expect(await linesOf('\uFEFFa')).toEqual([{ number: 1, text: 'a' }]);
});

test('any text comes through, plain and compressed', async () => {
  const line = fc.string({ unit: 'binary' }).filter((text) => !/[\n\0]|^\uFEFF/.test(text));
  const path = join(await temporaryFolder(), 'file');
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), async (lines, compressed) => {
      const content = lines.map((text) => `${text}\n`).join('');
      await writeFile(path, compressed ? gzipSync(content) : content);
      const read = (await allLines(path)).map(({ text }) => text);
      expect(read).toEqual(lines);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('lines and characters that span chunks stay whole', async () => {
  const lines = ['é'.repeat(100_001), 'x', '漢'.repeat(70_000)];
  expect((await linesOf(lines.join('\n'))).map(({ text }) => text)).toEqual(lines);
});

test('a reader that stops early never meets what follows', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, 'first\n'.repeat(50_000));
  await appendFile(path, Buffer.alloc(10));
  for await (const { text } of fromFile(path, readLines)) {
    expect(text).toBe('first');
    break;
  }
  expect((await userErrorOf(() => allLines(path), path)).code).toBe('input.binary');
});

test('gzip files written one after another are read as one', async () => {
  const lines = await linesOf(Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]));
  expect(lines.map(({ text }) => text)).toEqual(['a', 'b']);
});

test('a truncated gzip file is an error', async () => {
  const whole = gzipSync(Array.from({ length: 1000 }, (_, at) => `line ${at * 7919}`).join('\n'));
  const error = await userErrorOf(() => linesOf(whole.subarray(0, whole.length / 2)));
  expect(error.code).toBe('input.gzip');
  expect(error.message).toContain(
    'expected a whole gzip file, found a truncated or damaged one (unexpected end of file)',
  );
});

test.each([
  ['a zero byte', Buffer.from('ok\nbad\0\n'), 'found a zero byte after line 0'],
  ['Latin-1', Buffer.from('ok\ncaf\u00E9\n', 'latin1'), 'found other bytes in line 2'],
  ['a cut UTF-8 character', Buffer.from('é').subarray(0, 1), 'found other bytes in line 1'],
])('%s is not text', async (_, content, problem) => {
  const { code, message } = await userErrorOf(() => linesOf(content));
  expect(code).toBe('input.binary');
  expect(message).toContain(`expected UTF-8 text, ${problem}`);
});

test('a folder is not a file', async () => {
  const path = join(await temporaryFolder(), 'folder');
  await mkdir(path);
  expect(await userErrorOf(() => allLines(path), path)).toMatchInlineSnapshot(`
    {
      "code": "input.folder",
      "message": ".: expected a file, found a folder. Name a file inside it.",
    }
  `);
});
