import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { runMain } from '../runMain.ts';

afterEach(() => void vi.unstubAllEnvs());

test('with NASHTUNE_NATIVE=off nothing is fetched', async () => {
  vi.stubEnv('NASHTUNE_NATIVE', 'off');
  const { exitCode, stdout, stderr } = await runMain(['setup']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  expect(stderr).toBe('NASHTUNE_NATIVE=off is set: the native library is not used, so not fetched.\n');
  expect(await runMain(['setup', '--quiet'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(JSON.parse((await runMain(['setup', '--json'])).stdout)).toEqual({
    location: null,
    fetched: false,
    driver: null,
  });
});

test('a library folder that holds none is a fault of the user', async () => {
  vi.stubEnv('NASHTUNE_NATIVE', 'on');
  vi.stubEnv('NASHTUNE_TENSORFLOW', join(await temporaryFolder(), 'none'));
  const { exitCode, stdout } = await runMain(['setup', '--json']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'engine.library' } });
});
