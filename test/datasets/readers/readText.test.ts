import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { readText, type TextBlock } from '../../../datasets/readers/readText.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { anyText } from './anyText.ts';

async function blocksOf(chunks: Iterable<Uint8Array>, seen: TextBlock[] = []): Promise<TextBlock[]> {
  const stream = (async function* () {
    yield* chunks;
  })();
  for await (const block of readText('file', stream)) seen.push(block);
  return seen;
}

function chunksOf(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
    bytes.subarray(at * length, (at + 1) * length),
  );
}

const lineCount = (blocks: readonly TextBlock[]): number =>
  blocks.reduce((count, { text }) => count + text.split('\n').length, 0);

test('text cut anywhere comes whole, in lines that are counted', async () => {
  const lines = fc.array(anyText.filter((text) => !/[\n\0]/.test(text)));
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (lines, length, ended) => {
      const content = lines.join('\n') + (ended ? '\n' : '');
      const blocks = await blocksOf(chunksOf(Buffer.from(content), length));
      const text = blocks.map((block) => block.text + (block.ended ? '\n' : '')).join('');
      expect(text).toBe(content);
      const starts = blocks.map((_, at) => 1 + lineCount(blocks.slice(0, at)));
      expect(blocks.map(({ line }) => line)).toEqual(starts);
    }),
    { seed: 1, numRuns: 30 },
  );
});

test.each([
  ['a zero byte', Buffer.from('ok\né\nbad\0\n'), 3],
  ['Latin-1', Buffer.from('ok\ncaf\u00E9\n', 'latin1'), 2],
  ['a cut UTF-8 character', Buffer.from('é').subarray(0, 1), 1],
])('%s is named by its line, after the lines before it', async (_, content, line) => {
  const seen: TextBlock[] = [];
  const { code, message } = await userErrorOf(() => blocksOf([content], seen));
  expect(code).toBe('input.binary');
  expect(message).toContain(`expected UTF-8 text, found `);
  expect(message).toContain(`in line ${line}.`);
  expect(seen.flatMap(({ text }) => text.split('\n'))).toEqual(['ok', 'é'].slice(0, line - 1));
});

test('a line of 50 MB is read', async () => {
  const chunk = Buffer.alloc(1 << 18, 'x');
  const chunks = Array.from({ length: 200 }, () => chunk);
  const [block] = await blocksOf([...chunks, Buffer.from('\nend')]);
  expect(block!.text).toHaveLength(200 * chunk.length);
});

test('a line too long for a string is an error that names it', async () => {
  const chunk = Buffer.alloc(1 << 20, 'x');
  function* chunks(): Generator<Uint8Array> {
    yield Buffer.from('one\n');
    for (;;) yield chunk;
  }
  const { code, message } = await userErrorOf(() => blocksOf(chunks()));
  expect(code).toBe('input.line');
  expect(message).toContain('found more in line 2');
});
