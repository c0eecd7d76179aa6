import { truncate } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { setup, type SetupOptions } from '../../../src/engine/library/setup.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { makeTensorflowWheel } from './fakeWheel.ts';
import { startWheelServer } from './wheelServer.ts';

interface Prepared {
  options: SetupOptions;
  /** What was printed since the last call. */
  printed: () => string[];
}

async function prepare(): Promise<Prepared> {
  const { pin, bytes } = makeTensorflowWheel();
  const { index } = await startWheelServer([{ project: pin.project, fileName: pin.fileName, bytes }]);
  const home = await temporaryFolder();
  let text = '';
  const output = { write: (part: string) => (text += part) };
  const printed = (): string[] => {
    const lines = text.split('\n').slice(0, -1);
    text = '';
    return lines;
  };
  return {
    printed,
    options: { index, output, wheels: { cpu: pin }, env: { XDG_CACHE_HOME: home, PATH: join(home, 'no') } },
  };
}

describe.skipIf(process.platform !== 'linux')('setup', () => {
  test('fetches once, finds afterwards, and says where the library is', async () => {
    const { options, printed } = await prepare();
    const { fetched, location, driver } = await setup(options);
    expect({ fetched, driver }).toEqual({ fetched: true, driver: null });
    const lines = printed();
    expect(lines.at(-1)).toBe(`Fetched TensorFlow 9.9.9 (CPU) in ${location.folder}.`);
    expect(lines.slice(0, -1).join('\n')).toMatch(
      /^Downloading tensorflow_cpu 9\.9\.9: [^]*\nUnpacking [^]*100% of 0 MB/,
    );
    expect(await setup(options)).toEqual({ fetched: false, location, driver: null });
    expect(printed()).toEqual([`Using TensorFlow 9.9.9 (CPU) in ${location.folder}.`]);
    await setup({ ...options, quiet: true });
    expect(printed()).toEqual([]);
  });

  test('says why it fetches again', async () => {
    const { options, printed } = await prepare();
    const { location } = await setup(options);
    await truncate(location.library, 100);
    printed();
    expect((await setup(options)).fetched).toBe(true);
    expect(printed()[0]).toBe(`Not used: "${location.library}" has 100 bytes instead of 300000.`);
  });

  test('hands progress to the caller instead of printing it', async () => {
    const { options, printed } = await prepare();
    let calls = 0;
    await setup({ ...options, onProgress: () => (calls += 1) });
    expect(calls).toBeGreaterThan(1);
    expect(printed()).toHaveLength(1);
  });
});
