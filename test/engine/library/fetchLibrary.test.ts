import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, test } from 'vitest';

import { LOCK_FILE } from '../../../src/base/folderLock.ts';
import { UserError } from '../../../src/base/userError.ts';
import { fetchLibrary, type FetchOptions } from '../../../src/engine/library/fetchLibrary.ts';
import type { FetchProgress } from '../../../src/engine/library/fetchWheel.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { makeLibrary, makeTensorflowWheel, makeZip, pinOf, type FakeWheel } from './fakeWheel.ts';
import { startWheelServer, type WheelServer } from './wheelServer.ts';

interface Case {
  wheel: FakeWheel;
  server: WheelServer;
  /** Our folder in the cache. */
  cache: string;
  options: FetchOptions;
}

async function prepare(wheel = makeTensorflowWheel()): Promise<Case> {
  const { project, fileName } = wheel.pin;
  const server = await startWheelServer([{ project, fileName, bytes: wheel.bytes }]);
  const home = await temporaryFolder();
  // An empty PATH: neither pip nor Python is found.
  const env = { XDG_CACHE_HOME: home, PATH: join(home, 'none') };
  return {
    wheel,
    server,
    cache: join(home, 'nashtune'),
    options: { index: server.index, env, wheels: { cpu: wheel.pin } },
  };
}

function partOf({ cache, wheel }: Case): string {
  return join(cache, 'downloads', `${wheel.pin.fileName}.part`);
}

async function faultOf(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error(`expected a UserError, got ${String(error)}`);
}

describe.skipIf(process.platform !== 'linux')('fetchLibrary', () => {
  test('downloads the wheel, unpacks the two libraries with their notices, and leaves nothing else', async () => {
    const { cache, options, server } = await prepare();
    const seen: FetchProgress[] = [];
    const location = await fetchLibrary({ ...options, onProgress: (progress) => seen.push(progress) });
    const root = join(cache, `tensorflow-9.9.9-cpu-${process.arch}`);
    expect(location).toEqual({
      folder: join(root, 'tensorflow'),
      framework: join(root, 'tensorflow', 'libtensorflow_framework.so.2'),
      library: join(root, 'tensorflow', 'libtensorflow_cc.so.2'),
      source: 'cache',
      build: 'cpu',
      version: '9.9.9',
      preload: [],
    });
    expect((await readdir(cache, { recursive: true })).sort()).toEqual(
      [
        `tensorflow-9.9.9-cpu-${process.arch}`,
        ...['', '/include', '/include/LICENSE', '/libtensorflow_cc.so.2', '/libtensorflow_framework.so.2'].map(
          (name) => `tensorflow-9.9.9-cpu-${process.arch}/tensorflow${name}`,
        ),
        `tensorflow-9.9.9-cpu-${process.arch}/tensorflow/THIRD_PARTY_NOTICES.txt`,
        `tensorflow-9.9.9-cpu-${process.arch}/manifest.json`,
      ].sort(),
    );
    expect(await readFile(location.library)).toEqual(makeLibrary({ size: 300_000, runpath: '$ORIGIN/' }));
    expect(seen.map(({ phase }) => phase)).toContain('unpack');
    for (const phase of ['download', 'unpack'] as const) {
      const last = seen.findLast((progress) => progress.phase === phase);
      expect(last?.receivedBytes).toBe(last?.totalBytes);
    }
    expect(server.requests).toHaveLength(2);
  });

  test('does not download again what is installed', async () => {
    const { options, server } = await prepare();
    const first = await fetchLibrary(options);
    await server.close();
    expect(await fetchLibrary(options)).toEqual(first);
  });

  test('goes on where a dropped connection stopped', async () => {
    const { options, server, wheel } = await prepare();
    server.drops = [100_000];
    await fetchLibrary(options);
    const file = `GET /files/${wheel.pin.fileName}`;
    expect(server.requests.slice(1)).toEqual([file, `${file} bytes=100000-`]);
  });

  test('goes on where an earlier process stopped', async () => {
    const prepared = await prepare();
    const { cache, options, server, wheel } = prepared;
    await mkdir(join(cache, 'downloads'), { recursive: true });
    await writeFile(partOf(prepared), wheel.bytes.subarray(0, 12_345));
    await fetchLibrary(options);
    expect(server.requests.at(-1)).toBe(`GET /files/${wheel.pin.fileName} bytes=12345-`);
  });

  test('accepts a part that was whole when its process was killed, without asking for it again', async () => {
    const prepared = await prepare();
    const { cache, options, server, wheel } = prepared;
    await mkdir(join(cache, 'downloads'), { recursive: true });
    await writeFile(partOf(prepared), wheel.bytes);
    await fetchLibrary(options);
    expect(server.requests).toEqual(['GET /simple/tensorflow-cpu/']);
  });

  test('starts again when the server cannot continue a transfer', async () => {
    const prepared = await prepare();
    const { cache, options, server, wheel } = prepared;
    await mkdir(join(cache, 'downloads'), { recursive: true });
    await writeFile(partOf(prepared), wheel.bytes.subarray(0, 12_345));
    server.ranges = false;
    expect((await fetchLibrary(options)).version).toBe('9.9.9');
  });

  test('asks again when the server is busy', async () => {
    const { options, server } = await prepare();
    server.failures = [503, 429];
    expect((await fetchLibrary(options)).version).toBe('9.9.9');
  });

  test('deletes a file with a wrong checksum and says what to do', async () => {
    const { cache, options, wheel } = await prepare();
    const wheels = { cpu: { ...wheel.pin, sha256: '0'.repeat(64) } };
    const fault = await faultOf(fetchLibrary({ ...options, wheels }));
    expect(fault.code).toBe('engine.checksum');
    expect(fault.message).toContain(`SHA-256 should be ${'0'.repeat(64)}, and is ${wheel.pin.sha256}. It was deleted.`);
    expect(fault.message).toContain('set NASHTUNE_WHEEL_INDEX to another index');
    expect(await readdir(join(cache, 'downloads'))).toEqual([]);
  });

  test.each([1000, 10_000_000])(
    'starts again when %i bytes of something else lie where its part should',
    async (size) => {
      const prepared = await prepare();
      const { cache, options } = prepared;
      await mkdir(join(cache, 'downloads'), { recursive: true });
      await writeFile(partOf(prepared), Buffer.alloc(size, 1));
      expect((await fetchLibrary(options)).version).toBe('9.9.9');
    },
  );

  test('refuses a wheel that is cut short, although its checksum holds', async () => {
    const whole = makeTensorflowWheel();
    const bytes = whole.bytes.subarray(0, 200_000);
    const { cache, options } = await prepare({ bytes, pin: pinOf('tensorflow-cpu', whole.pin.fileName, bytes) });
    const fault = await faultOf(fetchLibrary(options));
    expect(fault.code).toBe('engine.library');
    expect(fault.message).toMatch(/cannot be unpacked and was deleted: .*not a zip archive, or it is cut short/);
    expect(await readdir(cache)).toEqual(['downloads']);
  });

  test('names the libraries that a wheel lacks', async () => {
    const bytes = makeZip({ 'tensorflow/libtensorflow_cc.so.2': makeLibrary() });
    const { options } = await prepare({ bytes, pin: pinOf('tensorflow-cpu', 'tensorflow_cpu-9.9.9-a.whl', bytes) });
    const fault = await faultOf(fetchLibrary(options));
    expect(fault.message).toContain('missing: tensorflow/libtensorflow_framework.so.2');
  });

  test('fetches again when a library in the cache was cut', async () => {
    const { options, server } = await prepare();
    const { library } = await fetchLibrary(options);
    await truncate(library, 1000);
    await fetchLibrary(options);
    expect((await stat(library)).size).toBe(300_000);
    expect(server.requests).toHaveLength(4);
  });

  test('says before it starts that the disk is too full', async () => {
    const { cache, options, server } = await prepare();
    const fault = await faultOf(fetchLibrary({ ...options, freeBytes: () => Promise.resolve(1_000_000) }));
    expect(fault.code).toBe('engine.diskSpace');
    expect(fault.message).toContain(
      `Folder "${cache}": 0.1 GB must be free to fetch TensorFlow's library, found 0.0 GB.`,
    );
    expect(server.requests).toEqual([]);
  });

  test('says what to do when the index cannot be reached', async () => {
    const { options, server } = await prepare();
    await server.close();
    const fault = await faultOf(fetchLibrary(options));
    expect(fault.code).toBe('engine.download');
    expect(fault.message).toContain(`Could not download ${server.index}/tensorflow-cpu/ (fetch failed: ECONNREFUSED).`);
    expect(fault.message).toContain('NASHTUNE_WHEEL_INDEX to a mirror');
    expect(fault.message).toContain('NASHTUNE_TENSORFLOW to a folder');
  });

  test('takes the index from NASHTUNE_WHEEL_INDEX', async () => {
    const { options, server, wheel } = await prepare();
    const env = { ...options.env, NASHTUNE_WHEEL_INDEX: `${server.index}/` };
    expect((await fetchLibrary({ env, wheels: { cpu: wheel.pin } })).version).toBe('9.9.9');
  });

  test('says when the index does not list the wheel', async () => {
    const { options, wheel } = await prepare();
    const wheels = { cpu: { ...wheel.pin, fileName: 'tensorflow_cpu-9.9.9-other.whl' } };
    expect((await faultOf(fetchLibrary({ ...options, wheels }))).message).toContain('it is not listed there');
  });

  test('says when there is no build for the GPU', async () => {
    const { options } = await prepare();
    const fault = await faultOf(fetchLibrary({ ...options, gpu: true }));
    expect(fault.code).toBe('engine.platform');
  });

  test('says when the cache folder cannot be made', async () => {
    const { options } = await prepare();
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    const fault = await faultOf(fetchLibrary({ ...options, env: { ...options.env, XDG_CACHE_HOME: file } }));
    expect(fault.message).toContain('Set XDG_CACHE_HOME to a folder that you can write to.');
  });

  test('removes what a killed process left half unpacked', async () => {
    const { cache, options } = await prepare();
    await mkdir(join(cache, '.tensorflow-9.9.9-cpu-x64.0123abcd.tmp', 'tensorflow'), { recursive: true });
    await mkdir(join(cache, 'downloads', '.pip-abcdef'), { recursive: true });
    await fetchLibrary(options);
    expect(await readdir(cache)).toEqual([`tensorflow-9.9.9-cpu-${process.arch}`]);
  });

  test('lets one of two processes fetch while the other waits for it', async () => {
    const { options, server, wheel } = await prepare();
    server.delay = 1500;
    const script = fileURLToPath(new URL('fetchChild.ts', import.meta.url));
    const parameters = ['--import', 'tsx', script, server.index, JSON.stringify(wheel.pin)];
    const start = async (): Promise<{ folder: string; messages: string[] }> => {
      const { stdout } = await promisify(execFile)(process.execPath, parameters, {
        env: { ...process.env, ...options.env },
      });
      return JSON.parse(stdout) as { folder: string; messages: string[] };
    };
    const [a, b] = await Promise.all([start(), start()]);
    expect(a.folder).toBe(b.folder);
    expect([...a.messages, ...b.messages]).toEqual([expect.stringContaining('Another process is fetching')]);
    expect(server.requests.filter((request) => request.includes('/files/'))).toHaveLength(1);
  });

  test('takes over from a process that died while it was fetching', async () => {
    const { cache, options } = await prepare();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await mkdir(cache, { recursive: true });
    const owner = { id: 'dead', pid: child.pid, hostname: hostname(), started: null };
    await writeFile(join(cache, LOCK_FILE), JSON.stringify(owner));
    expect((await fetchLibrary(options)).version).toBe('9.9.9');
  });
});
