import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { fetchLibrary, type FetchOptions } from '../../../src/engine/library/fetchLibrary.ts';
import { findPip, pipDownload } from '../../../src/engine/library/pip.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { makeTensorflowWheel, type FakeWheel } from './fakeWheel.ts';
import { startWheelServer, type WheelServer } from './wheelServer.ts';

const pip = process.platform === 'linux' ? await findPip(process.env) : null;
if (pip === null) console.warn('pip.test.ts: no Python with pip on this machine, its tests are skipped.');

/** Real pip, told by its own variables to use the server of the test. */
async function prepare(): Promise<{ wheel: FakeWheel; server: WheelServer; home: string; options: FetchOptions }> {
  const wheel = makeTensorflowWheel();
  const { project, fileName } = wheel.pin;
  const server = await startWheelServer([{ project, fileName, bytes: wheel.bytes }]);
  const home = await temporaryFolder();
  const settings = { PIP_CONFIG_FILE: '/dev/null', PIP_INDEX_URL: server.index, PIP_FIND_LINKS: '', PIP_NO_INDEX: '0' };
  const env = { ...process.env, ...settings, NASHTUNE_WHEEL_INDEX: '', XDG_CACHE_HOME: home };
  return { wheel, server, home, options: { env, wheels: { cpu: wheel.pin } } };
}

test.skipIf(pip === null)('fetches with pip, which asks the mirror it is configured for', async () => {
  const { server, home, options } = await prepare();
  expect((await fetchLibrary(options)).version).toBe('9.9.9');
  expect(server.requests.at(-1)).toContain('/files/tensorflow_cpu-9.9.9-cp311');
  expect(await readdir(join(home, 'nashtune'))).toEqual([`tensorflow-9.9.9-cpu-${process.arch}`]);
});

test.skipIf(pip === null)('checks what pip brings against the pinned checksum', async () => {
  const { wheel, options } = await prepare();
  const wheels = { cpu: { ...wheel.pin, sha256: '0'.repeat(64) } };
  await expect(fetchLibrary({ ...options, wheels })).rejects.toMatchObject({ code: 'engine.checksum' });
});

test.skipIf(pip === null)('reports the end of what pip printed, and leaves no scratch behind', async () => {
  const { home, options } = await prepare();
  const work = pipDownload(
    { python: 'python3', env: options.env ?? {} },
    'nosuch==1.0',
    'x86_64',
    home,
    () => undefined,
  );
  await expect(work).rejects.toThrow(/pip could not download nosuch==1\.0: .*No matching distribution found/);
  expect(await readdir(home)).toEqual([]);
});

test('finds no pip where there is no Python', async () => {
  expect(await findPip({ PATH: await temporaryFolder() })).toBeNull();
});
