import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { gzipSync } from 'node:zlib';

import { afterAll, describe, expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { allRows } from './allRows.ts';
import { closeFileServers, startFileServer } from './fileServer.ts';

const PAD = 'x'.repeat(1000);
const LINES = Array.from({ length: 9000 }, (_, n) => JSON.stringify({ n, PAD }));
/** Three blocks. */
const ROWS = Buffer.from(`${LINES.join('\n')}\n`);
/** As long, and different in its last row. */
const CHANGED = Buffer.from(ROWS.toString().replace(/x"\}\n$/, 'y"}\n'));

async function numbersAt(url: string, stallMs?: number): Promise<unknown[]> {
  return (await allRows(url, { stallMs })).map((place) => ('row' in place ? place.row['n'] : place.problem));
}

const breakAfter = (request: number): number | undefined => (request === 1 ? 1_000_000 : undefined);

const NUMBERS = LINES.map((_, n) => n);

afterAll(closeFileServers);

describe.concurrent('a file on a server', () => {
  test('is read in ranges, each once', async () => {
    const server = await startFileServer({ bytes: () => ROWS });
    expect(await numbersAt(server.url)).toEqual(NUMBERS);
    expect(server.ranges).toEqual(['bytes=0-4194303', 'bytes=4194304-8388607', `bytes=8388608-${ROWS.length - 1}`]);
  });

  test('keeps its name without the query and the password, which is sent', async () => {
    const server = await startFileServer({ bytes: () => Buffer.from('{"n":0}\n') });
    const [row] = await allRows(`${server.url.replace('//', '//me:secret%21@')}?key=secret`);
    expect(row!.file).toBe(server.url);
    expect(server.authorizations).toEqual([`Basic ${Buffer.from('me:secret!').toString('base64')}`]);
  });

  test('is read after a redirect', async () => {
    const server = await startFileServer({ bytes: () => ROWS });
    expect(await numbersAt(server.url.replace('rows.jsonl', 'old'))).toEqual(NUMBERS);
  });

  test('is copied first where the server gives no ranges, or sends it compressed', async () => {
    const plain = await startFileServer({ bytes: () => ROWS, ranges: false });
    expect(await numbersAt(plain.url)).toEqual(NUMBERS);
    const packed = await startFileServer({
      bytes: () => gzipSync(ROWS),
      headers: () => ({ 'content-encoding': 'gzip' }),
    });
    expect(await numbersAt(packed.url)).toEqual(NUMBERS);
  });

  test('may be empty', async () => {
    const server = await startFileServer({ bytes: () => Buffer.alloc(0) });
    expect(await numbersAt(server.url)).toEqual([]);
  });

  test('goes on where a connection broke off', async () => {
    const server = await startFileServer({ bytes: () => ROWS, breakAfter });
    expect(await numbersAt(server.url)).toEqual(NUMBERS);
    expect(server.ranges).toContain('bytes=5194304-8388607');
  });

  test('goes on when the server falls silent', async () => {
    const server = await startFileServer({ bytes: () => ROWS, breakAfter, breakBy: 'stall' });
    expect(await numbersAt(server.url, 500)).toEqual(NUMBERS);
  });

  test('starts again after a broken connection where there are no ranges', async () => {
    const server = await startFileServer({ bytes: () => ROWS, breakAfter, ranges: false });
    expect(await numbersAt(server.url)).toEqual(NUMBERS);
  });

  test.each([
    ['its ETag', { headers: (request: number) => ({ etag: `"${Math.min(request, 1)}"` }), bytes: () => CHANGED }],
    ['its date alone', { headers: (request: number) => ({ 'last-modified': `${request}` }), bytes: () => ROWS }],
    ['its length', { bytes: (request: number) => (request === 0 ? ROWS : ROWS.subarray(0, 5_000_000)) }],
    ['a shorter file', { bytes: (request: number) => (request === 0 ? ROWS : ROWS.subarray(0, 1000)) }],
    ['no more ranges', { bytes: () => ROWS, status: (request: number) => (request === 0 ? 200 : 416) }],
  ])('that changes midway, shown by %s, is an error', async (_, behaviour) => {
    const server = await startFileServer(behaviour);
    const { code, message } = await userErrorOf(() => numbersAt(server.url));
    expect(code).toBe('url.changed');
    expect(message).toContain(`${server.url}: expected one version of the file, found another`);
  });

  test.each([
    [404, 'url.missing', 'has none there (answered 404 Not Found). Check the address.'],
    [401, 'url.refused', 'does not hand the file to everybody (answered 401 Unauthorized)'],
    [403, 'url.refused', 'does not hand the file to everybody (answered 403 Forbidden)'],
    [503, 'url.unreachable', '(answered 503 Service Unavailable)'],
  ])('that is answered with %i is an error', async (status, code, found) => {
    const server = await startFileServer({ bytes: () => ROWS, status: () => status });
    const error = await userErrorOf(() => numbersAt(server.url));
    expect(error.code).toBe(code);
    expect(error.message).toContain(found);
  });

  test('that never comes whole is an error', async () => {
    const server = await startFileServer({ bytes: () => ROWS, breakAfter: () => 1000, ranges: false });
    const { code, message } = await userErrorOf(() => numbersAt(server.url));
    expect(code).toBe('url.truncated');
    expect(message).toContain('sent a part of it, each time anew');
  });

  test('on a server without a known certificate is an error that says what to do', async () => {
    const server = createServer({}, () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const error = await userErrorOf(() => numbersAt(`https://127.0.0.1:${port}/rows.jsonl`));
    server.close();
    expect(error.code).toBe('url.certificate');
    expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
  });

  test('is given up when a signal is aborted, while the server is silent too', async () => {
    const server = await startFileServer({ bytes: () => ROWS, breakAfter, breakBy: 'stall' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 500);
    await expect(allRows(server.url, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('is Parquet as well, of which only parts are fetched', async () => {
    const bytes = await readFile(new URL('../../golden/formats/zstd.parquet', import.meta.url));
    for (const ranges of [true, false]) {
      const server = await startFileServer({ bytes: () => bytes, ranges });
      expect((await allRows(server.url)).map(({ at }) => at)).toEqual(['row 1', 'row 2', 'row 3', 'row 4', 'row 5']);
    }
  });
});
