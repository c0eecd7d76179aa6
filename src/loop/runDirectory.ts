import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { LOCK_FILE, lockFolder, refuseLockedFolder } from '../base/folderLock.ts';
import { makeFolder } from '../base/makeFolder.ts';
import { UserError } from '../base/userError.ts';
import { TEMPORARY_NAME, writeFileAtomic } from '../base/writeFileAtomic.ts';
import { isJsonObject, manifestDifferences, manifestText, recordsOf } from './manifest.ts';
import type { JsonObject, JsonValue, RunManifest } from './manifest.ts';
import { outputFault } from '../base/outputFault.ts';

const MANIFEST_FILE = 'run.json';

/** Where a run goes and what it is. */
export interface RunDirectoryOptions {
  path: string;
  /** Go on with the run in `path`; without a run there, start one. */
  resume: boolean;
  /** Go on even where the manifests differ; the differences are recorded in `run.json`. Default false. */
  force?: boolean;
  manifest: RunManifest;
}

/** The folder of one run, locked for this process until `close`. */
export interface RunDirectory {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Whether an earlier start of this run was found. */
  readonly resumed: boolean;
  /** Absolute path of the folder of round `n`, counted from 1: `<path>/round-01`. */
  round(n: number): string;
  /** Absolute path of one stage's file in round `n`: `stagePath(1, 'samples.arrow')`. */
  stagePath(n: number, name: string): string;
  /** Writes what a round was and came to into `run.json`, beside the manifest; an equal record is left as it is. */
  recordRound(n: number, record: JsonObject): Promise<void>;
  /** Whether a file or folder exists; as all are renamed into place when complete, this means it is done. */
  has(relative: string): boolean;
  close(): Promise<void>;
}

/**
 * Creates, or opens to resume, the folder of a run: locks it, writes or compares `run.json`, and on resume removes the
 * temporary files of killed writers.
 *
 * @throws {UserError} `output.exists` when the folder holds files and `resume` is false; `output.notARun` when it
 * holds files but no run; `output.differs` when the run there has another manifest; `output.unwritable`;
 * `folder.locked`. In each case no file of the folder has changed.
 */
export async function openRunDirectory(options: RunDirectoryOptions): Promise<RunDirectory> {
  const path = resolve(options.path);
  try {
    return await open({ ...options, path });
  } catch (error) {
    throw outputFault(error, path);
  }
}

async function open({ path, resume, force = false, manifest }: RunDirectoryOptions): Promise<RunDirectory> {
  const text = manifestText(manifest);
  await refuseForeignFolder(path, resume);
  await makeFolder(path);
  const lock = await lockFolder(path);
  try {
    await refuseForeignFolder(path, resume, true); // again: another run may have come and gone before the lock
    const resumed = existsSync(join(path, MANIFEST_FILE));
    if (resumed) await compareManifest(path, manifest, force);
    await removeTemporaries(path);
    if (!resumed) await writeFileAtomic(join(path, MANIFEST_FILE), text);
    return runDirectory(path, resumed, manifest, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function runDirectory(path: string, resumed: boolean, manifest: RunManifest, close: () => Promise<void>): RunDirectory {
  const round = (n: number): string => {
    if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`round: counted from 1, got ${n}.`);
    return join(path, `round-${String(n).padStart(2, '0')}`);
  };
  return {
    path,
    resumed,
    round,
    stagePath: (n, name) => join(round(n), name),
    recordRound: async (n, record) => {
      const file = join(path, MANIFEST_FILE);
      const before = await readFile(file, 'utf8');
      const { rounds = [], ...rest } = recordsOf(parseObject(before) ?? {});
      const others = rounds.filter((entry) => entry['round'] !== n);
      const sorted = [...others, { round: n, ...record }].sort((a, b) => Number(a['round']) - Number(b['round']));
      const text = manifestText(manifest, { ...rest, rounds: sorted });
      if (text !== before) await writeFileAtomic(file, text);
    },
    has: (relative) => existsSync(resolve(path, relative)),
    close,
  };
}

/** Refuses a folder that is in use, or holds something that is not a run to resume; reads only. */
async function refuseForeignFolder(path: string, resume: boolean, isLocked = false): Promise<void> {
  if (!existsSync(path)) return;
  const content = (await readdir(path)).filter((name) => !precedesManifest(name));
  if (!isLocked) await refuseLockedFolder(path);
  if (content.length === 0) return;
  const hasRun = content.includes(MANIFEST_FILE);
  if (resume && hasRun) return;
  const found = `The output folder "${path}" exists and is not empty`;
  if (resume) {
    throw new UserError(
      'output.notARun',
      `${found}, but holds no run to resume (no ${MANIFEST_FILE}). Choose the folder of a run, or an empty one, with --out.`,
    );
  }
  throw new UserError(
    'output.exists',
    hasRun
      ? `${found}: it holds a run. Add --resume to go on with it, or choose another folder with --out.`
      : `${found}. Choose another folder with --out.`,
  );
}

/** Whether a file may be left by a run that was killed before it wrote its manifest. */
function precedesManifest(name: string): boolean {
  if (name.startsWith(LOCK_FILE)) return true;
  return TEMPORARY_NAME.test(name) && (name.startsWith(`.${LOCK_FILE}`) || name.startsWith(`.${MANIFEST_FILE}.`));
}

/** Refuses a run with another manifest; by force it takes the new one, and records what differed. */
async function compareManifest(path: string, manifest: RunManifest, force: boolean): Promise<void> {
  const file = join(path, MANIFEST_FILE);
  const found = parseObject(await readFile(file, 'utf8'));
  if (found === undefined) {
    throw new UserError(
      'output.notARun',
      `Cannot resume "${path}": ${MANIFEST_FILE} is not a JSON object. Restore it, or choose another folder with --out.`,
    );
  }
  const { rounds: _, forced: __, ...before } = found;
  const differences = manifestDifferences(before, parseObject(manifestText(manifest)) ?? {});
  if (differences.length === 0) return;
  if (force) {
    const records = recordsOf(found);
    const changes = differences.map(({ key, before: old = null, after = null }) => ({ key, before: old, after }));
    const forced = [...(records.forced ?? []), { afterRound: records.rounds?.length ?? 0, changes }];
    await writeFileAtomic(file, manifestText(manifest, { ...records, forced }));
    return;
  }
  const lines = differences.map(({ key, before: old, after }) => `  ${key}: ${show(old)} there, ${show(after)} now`);
  throw new UserError(
    'output.differs',
    `Cannot resume "${path}": the run there differs from this one in\n${lines.join('\n')}\n` +
      'Set these as they were to resume, add --force to go on all the same (it is recorded), or choose another folder with --out.',
  );
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? 'unset' : JSON.stringify(value);
}

async function removeTemporaries(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (TEMPORARY_NAME.test(entry.name)) await rm(path, { recursive: true, force: true });
    else if (entry.isDirectory()) await removeTemporaries(path);
  }
}
