import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

import { UserError } from './userError.ts';
import { temporaryPath, writeFileAtomic } from './writeFileAtomic.ts';

/** Name of the lock file inside a locked folder; names of files made while taking over begin with it too. */
export const LOCK_FILE = '.nashtune.lock';

/** A folder that this process alone may write to. */
export interface FolderLock {
  /** Gives the folder back; calling it again does nothing. */
  release(): Promise<void>;
}

interface Owner {
  id: string;
  pid: number;
  hostname: string;
  /** Boot and clock tick at which the process started; null where the system does not tell. */
  started: string | null;
}

const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Takes the lock of an existing folder: a file that names this process, created exclusively and never half written.
 *
 * A lock whose owner is dead (killed, rebooted, or its pid given to another process) is taken over; of several takers
 * exactly one wins. The lock is given back by `release`, and when the process exits.
 *
 * @throws {UserError} `folder.locked` when a live process, or one of another host, holds the lock
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const owner: Owner = {
    id: randomBytes(8).toString('hex'),
    pid: process.pid,
    hostname: hostname(),
    started: processStart(process.pid)?.started ?? null,
  };
  await acquire(path, `${JSON.stringify(owner)}\n`);
  const atExit = (): void => {
    if (ownerSync(path)?.id === owner.id) rmSync(path, { force: true });
  };
  process.once('exit', atExit);
  return {
    release: async () => {
      process.off('exit', atExit);
      const current = await readOwner(path).catch(() => undefined);
      if (current?.id === owner.id) await rm(path, { force: true });
    },
  };
}

/**
 * Refuses a folder that a live process holds, without touching it.
 *
 * @throws {UserError} `folder.locked` as `lockFolder`
 */
export async function refuseLockedFolder(folder: string): Promise<void> {
  const path = join(folder, LOCK_FILE);
  const owner = await readOwner(path);
  if (owner !== undefined && isAlive(owner)) throw lockedError(path, owner);
}

async function acquire(path: string, text: string): Promise<void> {
  while (!(await createExclusively(path, text))) {
    const owner = await readOwner(path);
    if (owner === undefined) continue; // given back in the meantime
    if (isAlive(owner)) throw lockedError(path, owner);
    if (await replaceDead(path, text)) return;
  }
}

/**
 * Replaces the lock of a dead owner. Only the holder of a second lock, `<path>.takeover`, may do so, and it looks again
 * first: otherwise a slow taker could replace the fresh lock of a fast one. A taker that is killed in here leaves both
 * locks dead, so the next taker comes through here and removes them.
 */
async function replaceDead(path: string, text: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  await acquire(guard, text);
  try {
    const owner = await readOwner(path);
    if (owner === undefined || isAlive(owner)) return false;
    await writeFileAtomic(path, text);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

/** Creates `path` with its whole content, or returns false when it exists. */
async function createExclusively(path: string, text: string): Promise<boolean> {
  const temporary = temporaryPath(path);
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    try {
      await link(temporary, path);
    } catch (error) {
      if (!NO_HARD_LINKS.has(codeOf(error))) throw error;
      await writeFile(path, text, { flag: 'wx', flush: true });
    }
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // A run that holds the lock cleans up temporary files, ours included; the next attempt will find its lock.
    if (codeOf(error) === 'ENOENT' && isNodeError(error) && error.syscall === 'link') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const owner = parseOwner(text);
  if (owner === undefined) {
    throw new UserError(
      'folder.locked',
      `Folder "${dirname(path)}": the lock file "${path}" does not name its owner. ` +
        'Delete it if no other process is using the folder, then try again.',
    );
  }
  return owner;
}

function ownerSync(path: string): Owner | undefined {
  try {
    return parseOwner(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, pid, hostname, started } = value as Partial<Record<keyof Owner, unknown>>;
  if (typeof id !== 'string' || typeof hostname !== 'string') return undefined;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof started !== 'string' && started !== null) return undefined;
  return { id, pid, hostname, started };
}

/** False only when the owner is surely dead: a process of another host cannot be looked at and counts as alive. */
function isAlive(owner: Owner): boolean {
  if (owner.hostname !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  const current = processStart(owner.pid);
  if (current === undefined) return true;
  if (current.ended) return false;
  return owner.started === null || owner.started === current.started;
}

/** When a process started and whether it has ended but waits for its parent (a zombie); undefined without `/proc`. */
function processStart(pid: number): { started: string; ended: boolean } | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc_pid_stat(5): the second field, the name, may hold spaces and brackets; field 3 is the state, 22 the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, tick] = [fields[0], fields[19]];
    if (state === undefined || tick === undefined) return undefined;
    return { started: `${boot}/${tick}`, ended: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

function lockedError(path: string, owner: Owner): UserError {
  const folder = dirname(path);
  const message =
    owner.hostname === hostname()
      ? `Folder "${folder}" is in use by process ${owner.pid}. ` +
        `Wait until it ends (or stop it: kill ${owner.pid}), or choose another folder.`
      : `Folder "${folder}" is in use by process ${owner.pid} on host "${owner.hostname}", as far as can be told from ` +
        `here. Wait until it ends, or choose another folder; if it has ended, delete "${path}".`;
  return new UserError('folder.locked', message);
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

function codeOf(error: unknown): string {
  return isNodeError(error) ? (error.code ?? '') : '';
}
