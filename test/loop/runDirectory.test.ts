import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { LOCK_FILE } from '../../src/base/folderLock.ts';
import { temporaryPath } from '../../src/base/writeFileAtomic.ts';
import { manifestText } from '../../src/loop/manifest.ts';
import type { RunManifest } from '../../src/loop/manifest.ts';
import { openRunDirectory } from '../../src/loop/runDirectory.ts';
import { startScript } from '../base/startScript.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { smallDisk } from './smallDisk.ts';

const manifest: RunManifest = {
  recipe: 'sppo',
  config: { rounds: 2, train: { learningRate: 0.001 } },
  seeds: { run: 1 },
  inputs: { 'data.prompts': 'sha256:aa' },
  versions: { nashtune: '0.1.0' },
};

const OPEN = `
  import { openRunDirectory } from './src/loop/runDirectory.ts';
  const [, path, manifest] = process.argv;
  console.log('ready');
  try {
    const run = await openRunDirectory({ path, resume: true, manifest: JSON.parse(manifest) });
    console.log(run.path);
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log(error.name + ': ' + error.message);
  }`;

async function start(path: string): Promise<void> {
  await (await openRunDirectory({ path, resume: false, manifest })).close();
}

describe('openRunDirectory', () => {
  test('creates the folder with its manifest and its lock, and gives the lock back', async () => {
    const path = join(await temporaryFolder(), 'deep', 'run');
    const run = await openRunDirectory({ path, resume: false, manifest });
    expect(run).toMatchObject({ path, resumed: false });
    expect((await readdir(path)).sort()).toEqual([LOCK_FILE, 'run.json']);
    expect(await readFile(join(path, 'run.json'), 'utf8')).toBe(manifestText(manifest));
    await run.close();
    expect(await readdir(path)).toEqual(['run.json']);
  });

  test('takes a path relative to the working folder', async () => {
    const path = join(await temporaryFolder(), 'run');
    const run = await openRunDirectory({ path: relative(process.cwd(), path), resume: false, manifest });
    expect(run.path).toBe(path);
    await run.close();
  });

  test('names rounds and stages, and tells which are done', async () => {
    const path = await temporaryFolder();
    const run = await openRunDirectory({ path, resume: false, manifest });
    expect(run.round(1)).toBe(join(path, 'round-01'));
    expect(run.round(123)).toBe(join(path, 'round-123'));
    expect(run.stagePath(2, 'samples.arrow')).toBe(join(path, 'round-02', 'samples.arrow'));
    expect(() => run.round(0)).toThrow(RangeError);
    await mkdir(run.round(1));
    await writeFile(run.stagePath(1, 'samples.arrow'), '');
    expect([run.has('round-01'), run.has('round-01/samples.arrow'), run.has('round-02')]).toEqual([true, true, false]);
    expect(run.has(run.stagePath(1, 'samples.arrow'))).toBe(true);
    await run.close();
  });

  test('refuses a folder with files unless it is to be resumed, and touches nothing', async () => {
    const path = await temporaryFolder();
    await writeFile(join(path, 'thesis.txt'), 'years of work');
    const before = await stat(path);
    await expect(openRunDirectory({ path, resume: false, manifest })).rejects.toMatchObject({
      name: 'UserError',
      code: 'output.exists',
      message: `The output folder "${path}" exists and is not empty. Choose another folder with --out.`,
    });
    await expect(openRunDirectory({ path, resume: true, manifest })).rejects.toMatchObject({
      code: 'output.notARun',
      message:
        `The output folder "${path}" exists and is not empty, but holds no run to resume (no run.json). ` +
        'Choose the folder of a run, or an empty one, with --out.',
    });
    expect(await readdir(path)).toEqual(['thesis.txt']);
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
  });

  test('suggests --resume for the folder of a run', async () => {
    const path = await temporaryFolder();
    await start(path);
    await expect(openRunDirectory({ path, resume: false, manifest })).rejects.toThrow(
      `The output folder "${path}" exists and is not empty: it holds a run. ` +
        'Add --resume to go on with it, or choose another folder with --out.',
    );
  });

  test('starts fresh when told to resume a folder that is missing or empty', async () => {
    for (const path of [await temporaryFolder(), join(await temporaryFolder(), 'missing')]) {
      const run = await openRunDirectory({ path, resume: true, manifest });
      expect(run.resumed).toBe(false);
      await run.close();
      expect(await readdir(path)).toEqual(['run.json']);
      expect(await readFile(join(path, 'run.json'), 'utf8')).toBe(manifestText(manifest));
    }
  });

  test('resumes an equal run and leaves its manifest as it is', async () => {
    const path = await temporaryFolder();
    await start(path);
    const before = await stat(join(path, 'run.json'));
    const run = await openRunDirectory({ path, resume: true, manifest: { ...manifest } });
    expect(run.resumed).toBe(true);
    await run.close();
    expect((await stat(join(path, 'run.json'))).ino).toBe(before.ino);
  });

  test('refuses to resume another run and lists what differs, with both values', async () => {
    const path = await temporaryFolder();
    await start(path);
    const other: RunManifest = {
      ...manifest,
      config: { rounds: 3, train: { learningRate: 0.001, warmup: 10 } },
      inputs: { 'data.prompts': 'sha256:bb' },
    };
    await expect(openRunDirectory({ path, resume: true, manifest: other })).rejects.toMatchObject({
      code: 'output.differs',
      message: [
        `Cannot resume "${path}": the run there differs from this one in`,
        '  config.rounds: 2 there, 3 now',
        '  config.train.warmup: unset there, 10 now',
        '  inputs.data.prompts: "sha256:aa" there, "sha256:bb" now',
        'Set these as they were to resume, add --force to go on all the same (it is recorded), or choose another folder with --out.',
      ].join('\n'),
    });
    expect(await readFile(join(path, 'run.json'), 'utf8')).toBe(manifestText(manifest));
    expect(await readdir(path)).toEqual(['run.json']); // the lock is given back
  });

  test('by force goes on with another manifest, and records what differs', async () => {
    const path = await temporaryFolder();
    const first = await openRunDirectory({ path, resume: false, manifest });
    await first.recordRound(1, { steps: 4 });
    await first.close();
    const other: RunManifest = { ...manifest, config: { rounds: 3 } };
    await (await openRunDirectory({ path, resume: true, force: true, manifest: other })).close();
    const told = JSON.parse(await readFile(join(path, 'run.json'), 'utf8')) as object;
    expect(told).toMatchObject({
      config: { rounds: 3 },
      rounds: [{ round: 1, steps: 4 }],
      forced: [{ afterRound: 1, changes: expect.arrayContaining([{ key: 'config.rounds', before: 2, after: 3 }]) }],
    });
    const again = await openRunDirectory({ path, resume: true, manifest: other });
    await again.recordRound(2, { steps: 8 });
    await again.close();
    expect(JSON.parse(await readFile(join(path, 'run.json'), 'utf8'))).toMatchObject({
      ...told,
      rounds: [
        { round: 1, steps: 4 },
        { round: 2, steps: 8 },
      ],
    });
  });

  test('a record of a round that is there already is left as it is', async () => {
    const path = await temporaryFolder();
    const run = await openRunDirectory({ path, resume: false, manifest });
    await run.recordRound(1, { steps: 4 });
    const before = await stat(join(path, 'run.json'));
    await run.recordRound(1, { steps: 4 });
    expect((await stat(join(path, 'run.json'))).ino).toBe(before.ino);
    await run.close();
  });

  test.each(['', '{"recipe":', '[]', 'null'])(
    'refuses to resume a run.json that is not an object: %j',
    async (text) => {
      const path = await temporaryFolder();
      await writeFile(join(path, 'run.json'), text);
      await expect(openRunDirectory({ path, resume: true, manifest })).rejects.toMatchObject({
        code: 'output.notARun',
        message: `Cannot resume "${path}": run.json is not a JSON object. Restore it, or choose another folder with --out.`,
      });
      expect(await readFile(join(path, 'run.json'), 'utf8')).toBe(text);
    },
  );

  test('on resume removes temporary files and folders of killed writers at any depth, and nothing else', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run');
    await start(path);
    await mkdir(join(path, 'round-01'));
    await writeFile(join(path, 'round-01', '.notes.tmp'), 'kept');
    await writeFile(temporaryPath(join(path, 'round-01', 'samples.arrow')), 'half');
    await mkdir(temporaryPath(join(path, 'round-01', 'checkpoint')));
    const outside = temporaryPath(join(folder, 'outside'));
    await writeFile(outside, 'not ours');
    await symlink(folder, join(path, 'link'));
    await (await openRunDirectory({ path, resume: true, manifest })).close();
    expect((await readdir(path)).sort()).toEqual(['link', 'round-01', 'run.json']);
    expect(await readdir(join(path, 'round-01'))).toEqual(['.notes.tmp']);
    expect(existsSync(outside)).toBe(true);
  });

  test('a run that is open is refused to others, resumed or not', async () => {
    const path = await temporaryFolder();
    const other = startScript(OPEN, [path, JSON.stringify(manifest)]);
    await other.line();
    expect(await other.line()).toBe(path);
    for (const resume of [true, false]) {
      await expect(openRunDirectory({ path, resume, manifest })).rejects.toMatchObject({
        code: 'folder.locked',
        message: expect.stringContaining(`in use by process ${other.pid}`),
      });
    }
    await other.kill('SIGKILL');
    const run = await openRunDirectory({ path, resume: true, manifest });
    expect(run.resumed).toBe(true);
    await run.close();
    expect(await readdir(path)).toEqual(['run.json']);
  });

  test('of two that open the same folder at once, one runs and one is told so', async () => {
    const path = join(await temporaryFolder(), 'run');
    const scripts = [1, 2].map(() => startScript(OPEN, [path, JSON.stringify(manifest)]));
    await Promise.all(scripts.map((script) => script.line()));
    const lines = await Promise.all(scripts.map((script) => script.line()));
    expect(lines.filter((line) => line === path).length).toBe(1);
    expect(lines.filter((line) => line.startsWith(`UserError: Folder "${path}" is in use by process`)).length).toBe(1);
  });

  test('killed at any moment of opening, it opens again with the same files', async () => {
    const path = join(await temporaryFolder(), 'run');
    for (const delay of [0, 1, 2, 3, 5, 8]) {
      const script = startScript(OPEN, [path, JSON.stringify(manifest)]);
      await script.line();
      await sleep(delay);
      await script.kill('SIGKILL');
    }
    await (await openRunDirectory({ path, resume: true, manifest })).close();
    expect(await readdir(path)).toEqual(['run.json']);
  });

  test('what a run killed before its manifest leaves behind does not count as content', async () => {
    const early = await temporaryFolder();
    const dead = { id: 'dead', pid: 5_000_000, hostname: hostname(), started: null };
    await writeFile(join(early, LOCK_FILE), JSON.stringify(dead));
    await writeFile(temporaryPath(join(early, 'run.json')), '{');
    await writeFile(temporaryPath(join(early, LOCK_FILE)), '{');
    await start(early);
    expect(await readdir(early)).toEqual(['run.json']);
  });
});

describe('openRunDirectory where nothing can be written', () => {
  test('refuses a file in place of the folder, or above it', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, 'content');
    for (const path of [file, join(file, 'run')]) {
      for (const resume of [true, false]) {
        const opening = openRunDirectory({ path, resume, manifest });
        await expect(opening).rejects.toMatchObject({ name: 'UserError', code: 'output.unwritable' });
        await expect(opening).rejects.toThrow(
          `Cannot write to the output folder "${path}": it, or a part of its path, is a file.`,
        );
      }
    }
    expect(await readFile(file, 'utf8')).toBe('content');
  });

  test('refuses a place where the system makes no folders', async ({ skip }) => {
    skip(!existsSync('/proc/self'), 'there is no /proc');
    const opening = openRunDirectory({ path: '/proc/nashtune/run', resume: false, manifest });
    await expect(opening).rejects.toMatchObject({ name: 'UserError', code: 'output.unwritable' });
  });

  test('refuses a folder without permission', async ({ skip }) => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o555);
    const isRoot = process.getuid?.() === 0;
    skip(process.getuid === undefined, 'there are no users here');
    // Root may write everywhere, so nobody tries.
    const script = startScript(OPEN, [join(folder, 'run'), JSON.stringify(manifest)], isRoot ? { uid: 65534 } : {});
    await script.line();
    expect(await script.line()).toContain(
      `UserError: Cannot write to the output folder "${folder}/run": permission denied. Allow writing there`,
    );
  });

  test('refuses a read-only file system', async ({ skip }) => {
    const disk = await smallDisk('ro', skip);
    await expect(openRunDirectory({ path: join(disk, 'run'), resume: false, manifest })).rejects.toThrow(
      `Cannot write to the output folder "${disk}/run": the file system is read-only. Choose another folder.`,
    );
  });

  test('refuses a full disk, leaves nothing half written, and starts once there is room', async ({ skip }) => {
    const disk = await smallDisk('size=16k', skip);
    const path = join(disk, 'run');
    await writeFile(join(disk, 'filler'), Buffer.alloc(16_384));
    await expect(openRunDirectory({ path, resume: false, manifest })).rejects.toMatchObject({
      code: 'output.unwritable',
      message: expect.stringContaining(
        `Cannot write to the output folder "${path}": the disk is full. Free some space`,
      ),
    });
    expect(await readdir(path)).toEqual([]);
    await writeFile(join(disk, 'filler'), '');
    await start(path);
    expect(await readdir(path)).toEqual(['run.json']);
  });
});
