import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { cudaPreload } from '../../../src/engine/library/cudaPreload.ts';
import { fetchLibrary, type FetchOptions } from '../../../src/engine/library/fetchLibrary.ts';
import { findLibrary } from '../../../src/engine/library/findLibrary.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { CUDA_LIBRARIES, CUDA_REQUIREMENTS, cudaWheels } from './fakeCuda.ts';
import { makeTensorflowWheel } from './fakeWheel.ts';
import { startWheelServer, type ServedFile, type WheelServer } from './wheelServer.ts';

function free(bytes: number): () => Promise<number> {
  return () => Promise.resolve(bytes);
}

async function prepare(
  requires: string[],
  cuda: ServedFile[],
): Promise<{ server: WheelServer; root: string; options: FetchOptions }> {
  const { pin, bytes } = makeTensorflowWheel({ gpu: true, requires });
  const server = await startWheelServer([{ project: pin.project, fileName: pin.fileName, bytes }, ...cuda]);
  const home = await temporaryFolder();
  const env = { XDG_CACHE_HOME: home, PATH: join(home, 'none') };
  const root = join(home, 'nashtune', `tensorflow-9.9.9-gpu-${process.arch}`);
  return {
    server,
    root,
    options: { gpu: true, index: server.index, env, wheels: { gpu: pin }, freeBytes: free(1e12) },
  };
}

describe.skipIf(process.platform !== 'linux')('the CUDA build', () => {
  test('comes with the CUDA wheels of its metadata, in the layout in which the libraries look for each other', async () => {
    const { root, options } = await prepare(CUDA_REQUIREMENTS, cudaWheels());
    const location = await fetchLibrary(options);
    expect(location).toMatchObject({
      folder: join(root, 'tensorflow'),
      source: 'cache',
      build: 'gpu',
      version: '9.9.9',
    });
    expect(location.preload).toEqual(CUDA_LIBRARIES.map(([part, file]) => join(root, 'nvidia', part, 'lib', file)));
    expect((await stat(join(root, 'nvidia/cuda_nvcc/bin/ptxas'))).mode & 0o111).toBe(0o111);
    expect((await readdir(join(root, 'nvidia/cuda_nvcc'))).sort()).toEqual(['bin', 'nvvm']);
    expect(await readdir(join(root, 'nvidia/cublas'))).toEqual(['lib']);
    expect(await readdir(join(root, 'nvidia_cublas_cu12-12.9.1.dist-info/licenses'))).toEqual(['License.txt']);
    expect(await findLibrary({ gpu: true, env: options.env, wheels: options.wheels })).toEqual(location);
  });

  test('keeps whole wheels over a failure, so that the next attempt fetches only the rest', async () => {
    const wheels = cudaWheels();
    const { server, options } = await prepare(CUDA_REQUIREMENTS, wheels.slice(0, -1));
    await expect(fetchLibrary(options)).rejects.toMatchObject({ code: 'engine.download' });
    const downloads = server.requests.filter((request) => request.includes('/files/')).length;
    await expect(fetchLibrary(options)).rejects.toMatchObject({ code: 'engine.download' });
    expect(downloads).toBe(wheels.length);
    expect(server.requests.filter((request) => request.includes('/files/'))).toHaveLength(downloads);
  });

  test('refuses a CUDA wheel that the index gives no checksum for', async () => {
    const wheels = cudaWheels().map((wheel) => ({ ...wheel, unchecked: true }));
    const { options } = await prepare(CUDA_REQUIREMENTS, wheels);
    await expect(fetchLibrary(options)).rejects.toThrow(
      'The package index gives no SHA-256 for nvidia_cuda_runtime_cu12',
    );
  });

  test('refuses a wheel that asks for no CUDA', async () => {
    const { options } = await prepare(['Requires-Dist: numpy'], []);
    await expect(fetchLibrary(options)).rejects.toThrow(
      'expected the metadata of a CUDA build, found no CUDA requirement',
    );
  });

  test('asks for room for the CUDA libraries too', async () => {
    const { options } = await prepare(CUDA_REQUIREMENTS, cudaWheels());
    await expect(fetchLibrary({ ...options, freeBytes: free(5e9) })).rejects.toThrow('7.5 GB must be free');
  });

  test('is not ready when one CUDA library is missing', async () => {
    const { root, options } = await prepare(CUDA_REQUIREMENTS, cudaWheels());
    await fetchLibrary(options);
    expect(await cudaPreload(root)).toHaveLength(CUDA_LIBRARIES.length);
    await rm(join(root, 'nvidia/nccl/lib/libnccl.so.2'));
    expect(await cudaPreload(root)).toEqual([]);
  });
});
