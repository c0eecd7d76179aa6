import { chmod, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { fetchLibrary } from '../../../src/engine/library/fetchLibrary.ts';
import { findLibrary } from '../../../src/engine/library/findLibrary.ts';
import { cacheFolder } from '../../../src/engine/library/libraryLocation.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { CUDA_LIBRARIES } from './fakeCuda.ts';
import { makeLibrary, makeTensorflowWheel } from './fakeWheel.ts';
import { startWheelServer } from './wheelServer.ts';

interface Place {
  home: string;
  env: Record<string, string>;
}

async function emptyPlace(): Promise<Place> {
  const home = await temporaryFolder();
  await mkdir(join(home, 'bin'));
  return { home, env: { HOME: home, XDG_CACHE_HOME: join(home, 'cache'), PATH: join(home, 'bin') } };
}

async function writeLibraries(folder: string, runpath = ''): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'libtensorflow_cc.so.2'), makeLibrary({ runpath }));
  await writeFile(join(folder, 'libtensorflow_framework.so.2'), makeLibrary({ runpath }));
}

/** A Python that answers as ours is asked to. */
async function writePython({ home }: Place, version: string): Promise<string> {
  const folder = join(home, 'site-packages', 'tensorflow');
  const answer = JSON.stringify({ folder, version });
  await writeFile(join(home, 'bin', 'python3'), `#!/bin/sh\necho 'a notice'\necho '${answer}'\n`);
  await chmod(join(home, 'bin', 'python3'), 0o755);
  return folder;
}

async function writeCuda(site: string): Promise<void> {
  for (const [part, name] of CUDA_LIBRARIES) {
    await mkdir(join(site, 'nvidia', part, 'lib'), { recursive: true });
    await writeFile(join(site, 'nvidia', part, 'lib', name), makeLibrary());
  }
}

describe.skipIf(process.platform !== 'linux')('findLibrary', () => {
  test('finds nothing on a bare machine', async () => {
    const { env } = await emptyPlace();
    expect(await findLibrary({ env })).toBeNull();
  });

  test('takes the folder NASHTUNE_TENSORFLOW before anything else', async () => {
    const place = await emptyPlace();
    await writeLibraries(await writePython(place, '2.21.0'));
    const folder = join(place.home, 'own');
    await writeLibraries(folder);
    const found = await findLibrary({ env: { ...place.env, NASHTUNE_TENSORFLOW: folder } });
    expect(found).toMatchObject({ source: 'NASHTUNE_TENSORFLOW', folder, build: 'cpu', version: null });
  });

  test('refuses a folder NASHTUNE_TENSORFLOW that is wrong, with every problem, although others would do', async () => {
    const place = await emptyPlace();
    await writeLibraries(await writePython(place, '2.21.0'));
    const folder = join(place.home, 'missing');
    const env = { ...place.env, NASHTUNE_TENSORFLOW: folder };
    await expect(findLibrary({ env })).rejects.toMatchObject({
      code: 'engine.library',
      message:
        `NASHTUNE_TENSORFLOW="${folder}" is not usable:\n` +
        `  - "${folder}/libtensorflow_cc.so.2" does not exist\n` +
        `  - "${folder}/libtensorflow_framework.so.2" does not exist\n` +
        'Set it to the folder "tensorflow" of an installed or unpacked TensorFlow wheel, ' +
        'or unset it so that nashtune finds or fetches the library itself.',
    });
  });

  test('refuses a cut, a foreign and a wrong library', async () => {
    const { home, env } = await emptyPlace();
    const chosen = { env: { ...env, NASHTUNE_TENSORFLOW: home } };
    await writeLibraries(home);
    await truncate(join(home, 'libtensorflow_cc.so.2'), 1500);
    await expect(findLibrary(chosen)).rejects.toThrow('is cut short: it has 1500 bytes and should have at least 2048');
    await writeFile(join(home, 'libtensorflow_cc.so.2'), makeLibrary({ machine: 243 }));
    await expect(findLibrary(chosen)).rejects.toThrow('is made for ELF machine 243, this machine is');
    await writeFile(join(home, 'libtensorflow_cc.so.2'), 'text');
    await expect(findLibrary(chosen)).rejects.toThrow('is not a shared library');
  });

  test('refuses a CPU build in NASHTUNE_TENSORFLOW when a CUDA build is asked for', async () => {
    const { home, env } = await emptyPlace();
    await writeLibraries(home);
    const work = findLibrary({ gpu: true, env: { ...env, NASHTUNE_TENSORFLOW: home } });
    await expect(work).rejects.toThrow('expected a CUDA build, found a CPU build');
  });

  test("finds Python's TensorFlow", async () => {
    const place = await emptyPlace();
    const folder = await writePython(place, '2.21.1');
    await writeLibraries(folder);
    expect(await findLibrary({ env: place.env })).toMatchObject({ source: 'python', folder, version: '2.21.1' });
  });

  test("passes over Python's TensorFlow of a release that is not known, and says so", async () => {
    const place = await emptyPlace();
    const folder = await writePython(place, '2.9.3');
    await writeLibraries(folder);
    const skipped: string[] = [];
    expect(await findLibrary({ env: place.env, onSkip: (reason) => skipped.push(reason) })).toBeNull();
    expect(skipped).toEqual([
      `Python's TensorFlow 2.9.3 in "${folder}" is not a release that nashtune is tested with (2.21); ` +
        'to use it all the same, set NASHTUNE_TENSORFLOW to that folder',
    ]);
  });

  test("passes over Python's TensorFlow without its libraries", async () => {
    const place = await emptyPlace();
    await writePython(place, '2.21.0');
    const skipped: string[] = [];
    expect(await findLibrary({ env: place.env, onSkip: (reason) => skipped.push(reason) })).toBeNull();
    expect(skipped[0]).toContain('libtensorflow_cc.so.2" does not exist');
  });

  test('prefers a CUDA build that is ready, unless a CPU is asked for', async () => {
    const place = await emptyPlace();
    const folder = await writePython(place, '2.21.0');
    await writeLibraries(folder, '$ORIGIN/../nvidia/cusolver/lib');
    const { pin, bytes } = makeTensorflowWheel();
    const { index } = await startWheelServer([{ project: pin.project, fileName: pin.fileName, bytes }]);
    const wheels = { cpu: pin };
    const cached = await fetchLibrary({ env: place.env, index, wheels });
    const find = (gpu?: boolean): ReturnType<typeof findLibrary> => findLibrary({ gpu, env: place.env, wheels });
    // A CUDA build without CUDA: good for the CPU, and first by order.
    expect(await find()).toMatchObject({ folder, build: 'gpu', preload: [] });
    expect(await find(false)).toEqual(cached);
    expect(await find(true)).toBeNull();
    await writeCuda(join(place.home, 'site-packages'));
    expect(await find(true)).toMatchObject({ folder, build: 'gpu' });
    expect((await find(true))?.preload).toHaveLength(CUDA_LIBRARIES.length);
    await rm(folder, { recursive: true });
    expect(await find()).toEqual(cached);
  });

  test('passes over a damaged library in the cache, and says what is wrong with it', async () => {
    const { env } = await emptyPlace();
    const { pin, bytes } = makeTensorflowWheel();
    const { index } = await startWheelServer([{ project: pin.project, fileName: pin.fileName, bytes }]);
    const { library, folder } = await fetchLibrary({ env, index, wheels: { cpu: pin } });
    const skipped: string[] = [];
    const find = (): ReturnType<typeof findLibrary> =>
      findLibrary({ env, wheels: { cpu: pin }, onSkip: (reason) => skipped.push(reason) });
    await truncate(library, 1000);
    expect(await find()).toBeNull();
    await rm(library);
    expect(await find()).toBeNull();
    await writeFile(join(folder, '..', 'manifest.json'), '{"files":');
    expect(await find()).toBeNull();
    expect(skipped).toEqual([
      `"${library}" has 1000 bytes instead of 300000`,
      `"${library}" does not exist`,
      `"${join(folder, '..', 'manifest.json')}" is missing or damaged`,
    ]);
  });
});

test('the cache is below XDG_CACHE_HOME when that is absolute, else below the home folder', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/big/cache', HOME: '/home/a' })).toBe('/big/cache/nashtune');
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/home/a' })).toBe('/home/a/.cache/nashtune');
  expect(cacheFolder({ HOME: '/home/a' })).toBe('/home/a/.cache/nashtune');
});
