import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ChecksumFault, type Checksum } from '../../src/base/checksum.ts';
import { downloadFile } from '../../src/base/downloadFile.ts';
import { FetchFault } from '../../src/base/fetchPatiently.ts';
import { startWheelServer, type WheelServer } from '../engine/library/wheelServer.ts';
import { temporaryFolder } from './temporaryFolder.ts';

interface Case {
  bytes: Buffer;
  server: WheelServer;
  folder: string;
  path: string;
  url: string;
  checksum: Checksum;
}

async function prepare(bytes = randomBytes(200_000)): Promise<Case> {
  const server = await startWheelServer([{ project: 'a', fileName: 'a.whl', bytes }]);
  const folder = await temporaryFolder();
  const hex = createHash('sha256').update(bytes).digest('hex');
  const url = server.index.replace('/simple', '/files/a.whl');
  return { bytes, server, folder, path: join(folder, 'a'), url, checksum: { algorithm: 'sha256', hex } };
}

const onBytes = (): void => undefined;

describe('downloadFile', () => {
  test('keeps the bytes in the part it is told until they are whole', async () => {
    const { bytes, server, folder, path, url, checksum } = await prepare();
    server.drops = Array.from({ length: 4 }, () => 1);
    const part = join(folder, 'a.incomplete');
    const seen: number[] = [];
    const watch = (received: number): void => void seen.push(received);
    await writeFile(part, bytes.subarray(0, 1000));
    await downloadFile({ url, path, part, checksum, size: bytes.length, onBytes: watch });
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(folder)).toEqual(['a']);
    expect(server.requests.map((request) => request.split(' ')[2])).toEqual(
      [1000, 1001, 1002, 1003, 1004].map((offset) => `bytes=${offset}-`),
    );
    expect(seen.slice(0, 4)).toEqual([1001, 1002, 1003, 1004]);
    expect(seen.at(-1)).toBe(bytes.length);
  });

  test('gives up after four attempts that each start over and get no further', async () => {
    const { bytes, server, path, url, checksum } = await prepare();
    server.ranges = false;
    server.drops = Array.from({ length: 20 }, () => 100);
    const fault = await downloadFile({ url, path, checksum, size: bytes.length, onBytes }).catch((error) => error);
    expect(fault).toBeInstanceOf(FetchFault);
    expect(server.requests).toHaveLength(4);
  });

  test('fetches an empty file', async () => {
    const { path, url, checksum } = await prepare(Buffer.alloc(0));
    await downloadFile({ url, path, checksum, size: 0, onBytes });
    expect(await readFile(path)).toEqual(Buffer.alloc(0));
  });

  test("checks the id that git gives to a file's bytes", async () => {
    const { bytes, folder, path, url } = await prepare(Buffer.from('what is up, doc?'));
    // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    const checksum: Checksum = { algorithm: 'gitBlob', hex: 'bd9dbf5aae1a3862dd1526723246b20206e5fc37' };
    await downloadFile({ url, path, checksum, size: bytes.length, onBytes });
    const wrong: Checksum = { algorithm: 'gitBlob', hex: '0'.repeat(40) };
    const fault = await downloadFile({ url, path: join(folder, 'b'), checksum: wrong, size: null, onBytes }).catch(
      (error) => error,
    );
    expect(fault).toBeInstanceOf(ChecksumFault);
    expect(fault).toMatchObject({ origin: url, expected: wrong, found: checksum.hex });
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('gives up a silent server', async () => {
    const { bytes, server, path, url, checksum } = await prepare();
    server.delay = 10_000;
    const options = { url, path, checksum, size: bytes.length, onBytes, stallMs: 100 };
    await expect(downloadFile(options)).rejects.toThrow('silent for 0.1 s');
    expect(server.requests).toHaveLength(4);
  });

  test('names the state that a server refuses with, at once or after four attempts', async () => {
    const { path, url, server, checksum } = await prepare();
    server.failures = [403, 503, 503, 503, 503];
    const options = { url, path, checksum, size: null, onBytes };
    await expect(downloadFile(options)).rejects.toMatchObject({ url, status: 403, message: 'answered 403 Forbidden' });
    await expect(downloadFile(options)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(5);
  });

  test('does not wait for a server once it is aborted', async () => {
    const { server, path, url, checksum } = await prepare();
    server.delay = 10_000;
    const started = performance.now();
    const signal = AbortSignal.timeout(100);
    const options = { url, path, checksum, size: null, onBytes, signal };
    await expect(downloadFile(options)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('stops when it is aborted, during a transfer or a pause, and keeps the part', async () => {
    const { bytes, server, path, url, checksum } = await prepare();
    const options = { url, path, checksum, size: bytes.length };
    server.drops = [5000];
    const during = new AbortController();
    const reason = new Error('enough');
    const work = downloadFile({ ...options, signal: during.signal, onBytes: () => during.abort(reason) });
    await expect(work).rejects.toBe(reason);
    expect(existsSync(`${path}.part`)).toBe(true);
    expect(server.requests).toHaveLength(1);

    server.failures = [503];
    const pause = new AbortController();
    setTimeout(() => pause.abort(reason), 100);
    const started = performance.now();
    await expect(downloadFile({ ...options, signal: pause.signal, onBytes })).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(400); // the pause takes 500 ms
    expect(server.requests).toHaveLength(2);
  });
});
