import { expect, test } from 'vitest';

import { listIndexFiles, resolveRequirement } from '../../../src/engine/library/packageIndex.ts';
import { startWheelServer } from './wheelServer.ts';

const BYTES = Buffer.from('wheel');

function files(...names: string[]): { project: string; fileName: string; bytes: Buffer }[] {
  return names.map((fileName) => ({ project: 'nvidia-x', fileName, bytes: BYTES }));
}

test('lists the same files from a JSON and from an HTML index', async () => {
  const served = files('nvidia_x-1.0-py3-none-manylinux2014_x86_64.whl', 'nvidia_x-1.0.tar.gz');
  const lists = [];
  for (const html of [false, true]) {
    const { index } = await startWheelServer(served, { html });
    const found = await listIndexFiles(index, 'nvidia-x');
    lists.push(found.map((file) => ({ ...file, size: null, url: file.url.replace(index.replace('/simple', ''), '') })));
  }
  expect(lists[0]).toEqual(lists[1]);
  expect(lists[0]?.map(({ fileName, url, yanked }) => ({ fileName, url, yanked }))).toEqual([
    { fileName: served[0]?.fileName, url: `/files/${served[0]?.fileName}`, yanked: false },
    { fileName: served[1]?.fileName, url: `/files/${served[1]?.fileName}`, yanked: false },
  ]);
  expect(lists[0]?.[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('resolves to the newest final release for the platform', async () => {
  const { index } = await startWheelServer(
    files(
      'nvidia_x-12.5.82-py3-none-manylinux2014_x86_64.whl',
      'nvidia_x-12.10.1-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl',
      'nvidia_x-12.9.86-py3-none-manylinux2010_x86_64.whl',
      'nvidia_x-12.11.0-py3-none-manylinux2014_aarch64.whl',
      'nvidia_x-12.12.0-py3-none-win_amd64.whl',
      'nvidia_x-12.13.0-py3-none-manylinux_2_39_x86_64.whl',
      'nvidia_x-12.14.0rc1-py3-none-manylinux2014_x86_64.whl',
      'nvidia_x-12.15.0.tar.gz',
      'nvidia_x-13.0.1-py3-none-manylinux2014_x86_64.whl',
    ),
  );
  const requirement = { project: 'nvidia-x', specifier: '<13.0,>=12.5.82' };
  const newest = await resolveRequirement(index, requirement, 'x86_64');
  expect(newest.fileName).toContain('nvidia_x-12.10.1-');
  expect((await resolveRequirement(index, requirement, 'aarch64')).fileName).toContain('nvidia_x-12.11.0-');
});

test('says which requirement cannot be met', async () => {
  const { index } = await startWheelServer(files('nvidia_x-1.0-py3-none-manylinux2014_x86_64.whl'));
  const work = resolveRequirement(index, { project: 'nvidia-x', specifier: '>=2' }, 'x86_64');
  await expect(work).rejects.toThrow(
    `Package index ${index}: expected a wheel of nvidia-x >=2 for Linux x86_64, found none.`,
  );
  const unknown = resolveRequirement(index, { project: 'nvidia-y', specifier: '' }, 'x86_64');
  await expect(unknown).rejects.toThrow('answered 404 Not Found');
});
