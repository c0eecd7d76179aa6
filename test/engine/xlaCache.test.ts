import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { xlaCache } from '../../src/engine/xlaCache.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const processor = (flags: string): string =>
  `processor : 0\nmodel : 17\nmodel name : Some CPU\nflags : ${flags}\nbogomips : 1\n`;

test('compiled code is kept for one version, kind of processor, number of threads and choice of flags', async () => {
  const env = { XDG_CACHE_HOME: await temporaryFolder() };
  const folder = xlaCache('2.21.0', processor('avx2'), 2, { env });
  expect(folder).toContain(join(env.XDG_CACHE_HOME, 'nashtune', 'xla', '2.21.0-'));
  expect(existsSync(folder!)).toBe(true);
  expect(xlaCache('2.21.0', processor('avx2').replace('bogomips : 1', 'bogomips : 2'), 2, { env })).toBe(folder);
  expect(xlaCache('2.21.0', `${processor('avx2')}\n${processor('avx2')}`, 2, { env })).toBe(folder);
  const others = [
    xlaCache('2.22.0', processor('avx2'), 2, { env }),
    xlaCache('2.21.0', processor('avx2 avx512f'), 2, { env }),
    xlaCache('2.21.0', processor('avx2').replace('model : 17', 'model : 18'), 2, { env }),
    xlaCache('2.21.0', processor('avx2'), 1, { env }),
    xlaCache('2.21.0', processor('avx2'), 2, { env: { ...env, XLA_FLAGS: '--xla_backend_optimization_level=0' } }),
  ];
  expect(new Set([folder, ...others]).size).toBe(1 + others.length);
});

test('the oldest files go when it has grown too large', async () => {
  const env = { XDG_CACHE_HOME: await temporaryFolder() };
  const folder = xlaCache('2.21.0', processor('avx2'), 2, { env })!;
  for (const [age, name] of ['newest', 'newer', 'older', 'oldest'].entries()) {
    const path = join(folder, name);
    await writeFile(path, Buffer.alloc(100));
    await utimes(path, 1000 - age, 1000 - age);
  }
  xlaCache('2.21.0', processor('avx2'), 2, { env, most: 400 });
  expect(await readdir(folder)).toHaveLength(4);
  xlaCache('2.21.0', processor('avx2'), 2, { env, most: 399 });
  expect((await readdir(folder)).sort()).toEqual(['newest']);
});

test('nothing is kept where it cannot be, or TensorFlow could not be told where', async () => {
  const folder = await temporaryFolder();
  expect(xlaCache('2.21.0', '', 2, { env: { XDG_CACHE_HOME: folder } })).toBeNull();
  await mkdir(join(folder, 'a b'));
  expect(xlaCache('2.21.0', processor('avx2'), 2, { env: { XDG_CACHE_HOME: join(folder, 'a b') } })).toBeNull();
  await writeFile(join(folder, 'file'), '');
  expect(xlaCache('2.21.0', processor('avx2'), 2, { env: { XDG_CACHE_HOME: join(folder, 'file') } })).toBeNull();
});
