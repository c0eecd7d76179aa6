import { gzipSync } from 'node:zlib';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf, shortly } from './allRows.ts';
import { anyText } from './anyText.ts';

test('any objects come through, plain and compressed', async () => {
  const object = fc.dictionary(anyText, fc.oneof(anyText, fc.double(), fc.constant(null), fc.array(anyText)), {
    maxKeys: 4,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(object), fc.boolean(), async (objects, compressed) => {
      const texts = objects.map((value) => JSON.stringify(value));
      const content = texts.map((text) => `${text}\n`).join('');
      const rows = await allRows(await fileOf(compressed ? gzipSync(content) : content));
      expect(shortly(rows)).toEqual(texts.map((text, at) => [`line ${at + 1}`, JSON.parse(text)]));
    }),
    { seed: 1, numRuns: 20 },
  );
});

test('blank lines, carriage returns and a byte order mark are no rows', async () => {
  const rows = await allRows(await fileOf('\uFEFF\r\n{"a":1}\r\n \n\n{"a":2}'));
  expect(shortly(rows)).toEqual([
    ['line 2', { a: 1 }],
    ['line 5', { a: 2 }],
  ]);
});

test.each([
  ['no object', '[1]', 'expected a JSON object, found [1]'],
  ['NaN, as Python writes it', '{"a": NaN}', 'expected a JSON object, found invalid JSON'],
  ['a key twice', '{"a":{"b":1,"c":"\\":","b":2}}', 'expected each key once, found "b" twice in an object'],
  ['a key twice, spelled differently', '{"a" : 1, "\\u0061" : [{"x":{}}]}', 'expected each key once, found "a" twice'],
])('%s is a problem of its line', async (_, line, problem) => {
  const [first, second, third] = shortly(await allRows(await fileOf(`{"a":1}\n${line}\n{"a":3}\n`)));
  expect([first, third]).toEqual([
    ['line 1', { a: 1 }],
    ['line 3', { a: 3 }],
  ]);
  expect(second).toEqual(['line 2', expect.stringContaining(problem)]);
});

test('keys that only look doubled are rows', async () => {
  const row = { a: '{"a":1,"a":2}', b: { a: ':' }, c: [{ a: '\\' }, { a: '":' }], '': '' };
  const spaced = JSON.stringify(row).replaceAll('":', '" :');
  expect(shortly(await allRows(await fileOf(`${JSON.stringify(row)}\n${spaced}`)))).toEqual([
    ['line 1', row],
    ['line 2', JSON.parse(spaced)],
  ]);
});

test('a last line that is cut off says that nothing ends it', async () => {
  const [, last] = shortly(await allRows(await fileOf('{"a":1}\n{"a":')));
  expect(last![1]).toContain('the file may be cut off, or still being written');
});

test.each([
  ['one object', JSON.stringify({ prompt: 'x', chosen: 'y' }, null, 2), "jq -c '.' <"],
  ['a list inside an object', JSON.stringify({ data: [{ a: 1 }] }, null, 2), "jq -c '.' <"],
  ['a list that opens in the first line', '{"data": [\n{"a":1}\n]}', "jq -c '.data[]' <"],
])('%s, spread over lines, is an error that says how to write it', async (_, content, fix) => {
  const path = await fileOf(content);
  const { code, message } = await userErrorOf(() => allRows(path), path);
  expect(code).toBe('rows.json');
  expect(message).toContain(
    '.: expected one JSON object a line, or an array of objects; found an object that is spread',
  );
  expect(message).toContain(fix);
});

test('rows wrapped in one object are a problem that says where they are', async () => {
  const [row] = shortly(await allRows(await fileOf('{"data":[{"a":1},{"a":2}]}')));
  expect(row![1]).toContain('found a list of rows in "data"');
  const own = { messages: [{ role: 'user', content: 'x' }] };
  expect(shortly(await allRows(await fileOf(JSON.stringify(own))))).toEqual([['line 1', own]]);
});

test('a line of 50 MB is one row, in time that grows with its length', async () => {
  const prompt = 'word \\"quoted\\" '.repeat(2_900_000);
  const rows = await allRows(await fileOf(`{"prompt":"${prompt}"}\n{"a":1}\n`));
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ at: 'line 1', row: { prompt: expect.stringMatching(/^word "quoted" word/) } });
});
