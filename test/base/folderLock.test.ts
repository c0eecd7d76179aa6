import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { LOCK_FILE, lockFolder, refuseLockedFolder } from '../../src/base/folderLock.ts';
import { TEMPORARY_NAME } from '../../src/base/writeFileAtomic.ts';
import { startScript } from './startScript.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const HAS_PROC = existsSync('/proc/self/stat');
/** Above the largest pid that Linux and macOS give. */
const NO_PROCESS = 5_000_000;

const HOLD = `
  import { lockFolder } from './src/base/folderLock.ts';
  await lockFolder(process.argv[1]);
  console.log('locked');
  setInterval(() => {}, 1000);`;

async function plantLock(folder: string, owner: object, suffix = ''): Promise<void> {
  const text = JSON.stringify({ id: 'planted', pid: NO_PROCESS, hostname: hostname(), started: null, ...owner });
  await writeFile(join(folder, LOCK_FILE + suffix), text);
}

function startOf(pid: number): string {
  const stat = execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' });
  const boot = execFileSync('cat', ['/proc/sys/kernel/random/boot_id'], { encoding: 'utf8' }).trim();
  return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

describe('lockFolder', () => {
  test('writes a file that names process, start and host, and removes it on release', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    expect(JSON.parse(await readFile(join(folder, LOCK_FILE), 'utf8'))).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      pid: process.pid,
      hostname: hostname(),
      started: HAS_PROC ? startOf(process.pid) : null,
    });
    await lock.release();
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
    const again = await lockFolder(folder);
    await again.release();
  });

  test('refuses a second lock in the same process, and says what to do', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    const message =
      `Folder "${folder}" is in use by process ${process.pid}. ` +
      `Wait until it ends (or stop it: kill ${process.pid}), or choose another folder.`;
    await expect(lockFolder(folder)).rejects.toMatchObject({ name: 'UserError', code: 'folder.locked', message });
    await expect(refuseLockedFolder(folder)).rejects.toMatchObject({ code: 'folder.locked', message });
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await lock.release();
    await expect(refuseLockedFolder(folder)).resolves.toBeUndefined();
  });

  test('refuses the folder of a live process and takes it over once that is killed', async () => {
    const folder = await temporaryFolder();
    const holder = startScript(HOLD, [folder]);
    await holder.line();
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${holder.pid}`);
    await holder.kill('SIGKILL');
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await expect(refuseLockedFolder(folder)).resolves.toBeUndefined();
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('gives the lock back when the process exits without a release, or by an uncaught error', async () => {
    const folder = await temporaryFolder();
    for (const end of ['process.exit(3)', 'throw new Error("fault")']) {
      const script = startScript(
        `import { lockFolder } from './src/base/folderLock.ts'; await lockFolder(process.argv[1]); ${end};`,
        [folder],
      );
      expect((await script.end()).code).toBe(end === 'process.exit(3)' ? 3 : 1);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  test.runIf(HAS_PROC)('takes over when the pid now belongs to another process', async () => {
    const folder = await temporaryFolder();
    await plantLock(folder, { pid: process.pid, started: 'another-boot/1' });
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(HAS_PROC)('takes over from a killed process that its parent has not reaped', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    const folder = await temporaryFolder();
    await plantLock(folder, { pid, started: startOf(pid) });
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses the lock of another host, whose processes it cannot see', async () => {
    const folder = await temporaryFolder();
    await plantLock(folder, { hostname: 'node-17' });
    await expect(lockFolder(folder)).rejects.toThrow(
      `Folder "${folder}" is in use by process ${NO_PROCESS} on host "node-17", as far as can be told from here. ` +
        `Wait until it ends, or choose another folder; if it has ended, delete "${join(folder, LOCK_FILE)}".`,
    );
  });

  test.each(['', 'not json', 'null', '{"pid":1}', '{"id":"a","pid":-1,"hostname":"h","started":null}'])(
    'refuses a lock file that names no owner: %j',
    async (text) => {
      const folder = await temporaryFolder();
      await writeFile(join(folder, LOCK_FILE), text);
      const message =
        `Folder "${folder}": the lock file "${join(folder, LOCK_FILE)}" does not name its owner. ` +
        'Delete it if no other process is using the folder, then try again.';
      await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'folder.locked', message });
      expect(await readFile(join(folder, LOCK_FILE), 'utf8')).toBe(text);
    },
  );

  test('cleans up after takers that were killed while they took over', async () => {
    const folder = await temporaryFolder();
    for (const suffix of ['', '.takeover', '.takeover.takeover']) await plantLock(folder, {}, suffix);
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
    await lock.release();
  });

  test('does not release a lock that has become someone else’s', async () => {
    const folder = await temporaryFolder();
    const lock = await lockFolder(folder);
    await rm(join(folder, LOCK_FILE));
    await plantLock(folder, { hostname: 'node-17' });
    await lock.release();
    expect(await readdir(folder)).toEqual([LOCK_FILE]);
  });

  test('passes on what the system says of a folder that does not exist', async () => {
    const folder = join(await temporaryFolder(), 'missing');
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(refuseLockedFolder(folder)).resolves.toBeUndefined();
  });

  test('of processes that contend for free and for dead locks, one at a time wins', { timeout: 120_000 }, async () => {
    const folder = await temporaryFolder();
    const witness = join(await temporaryFolder(), 'witness');
    const script = `
      import { closeSync, openSync, unlinkSync } from 'node:fs';
      import { join } from 'node:path';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { LOCK_FILE, lockFolder } from './src/base/folderLock.ts';
      import { writeFileAtomic } from './src/base/writeFileAtomic.ts';
      const [, folder, witness, dead] = process.argv;
      let refused = 0;
      for (let wins = 0; wins < 40; ) {
        const lock = await lockFolder(folder).catch((error) => {
          if (error.code !== 'folder.locked') throw error;
        });
        if (lock === undefined) {
          refused++;
          continue;
        }
        closeSync(openSync(witness, 'wx')); // fails if another holds the folder too
        await sleep(1);
        unlinkSync(witness);
        wins++;
        if (wins % 4 !== 0) await writeFileAtomic(join(folder, LOCK_FILE), dead); // as if killed now
        await lock.release();
      }
      console.log(refused);`;
    const dead = JSON.stringify({ id: 'dead', pid: NO_PROCESS, hostname: hostname(), started: null });
    const contenders = [1, 2, 3, 4].map(() => startScript(script, [folder, witness, dead]));
    const ends = await Promise.all(contenders.map((contender) => contender.end()));
    expect(ends).toEqual(contenders.map(() => ({ code: 0, stderr: '' })));
    const refusals = await Promise.all(contenders.map((contender) => contender.line()));
    expect(refusals.map(Number).reduce((a, b) => a + b)).toBeGreaterThan(0); // they did meet
  });

  test('is free again after a process that locks and releases is killed at any moment', async () => {
    const folder = await temporaryFolder();
    const script = `
      import { lockFolder } from './src/base/folderLock.ts';
      console.log('ready');
      for (;;) await (await lockFolder(process.argv[1])).release();`;
    for (const delay of [1, 4, 9, 16, 25]) {
      const holder = startScript(script, [folder]);
      await holder.line();
      await sleep(delay);
      await holder.kill('SIGKILL');
      await (await lockFolder(folder)).release();
      expect((await readdir(folder)).filter((name) => !TEMPORARY_NAME.test(name))).toEqual([]);
    }
  });
});
