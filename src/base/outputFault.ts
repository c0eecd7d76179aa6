import { resolve, sep } from 'node:path';

import { UserError } from './userError.ts';

const WRITE_FAULTS = new Map([
  ['ENOSPC', 'the disk is full. Free some space, or choose a folder on another disk'],
  ['EDQUOT', 'your disk quota is used up. Free some space, or choose a folder on another disk'],
  ['EACCES', 'permission denied. Allow writing there, or choose another folder'],
  ['EPERM', 'permission denied. Allow writing there, or choose another folder'],
  ['EROFS', 'the file system is read-only. Choose another folder'],
]);

/** Faults of the user only while the folder is made or listed; later they would be ours. */
const FOLDER_FAULTS = new Map([
  ['ENOTDIR', 'it, or a part of its path, is a file. Choose another folder'],
  ['EEXIST', 'it is a file. Choose another folder'],
  ['ENOENT', 'no folder can be made there. Choose another folder'],
  ['ENAMETOOLONG', 'the name is too long. Choose another folder'],
  ['ELOOP', 'its symbolic links form a loop. Choose another folder'],
]);

/**
 * Turns what the system says of an output folder that is full, not writable or not a folder into a `UserError` that
 * names it; every other error, and one about a file elsewhere, comes back as it was.
 *
 * @example
 * try { await writeCheckpoint(run.path); } catch (error) { throw outputFault(error, run.path); }
 */
export function outputFault(error: unknown, folder: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const makesFolder = syscall === 'mkdir' || syscall === 'scandir';
  const reason = WRITE_FAULTS.get(code) ?? (makesFolder ? FOLDER_FAULTS.get(code) : undefined);
  // A write or flush of an open file fails without its path.
  const isOurs =
    path === undefined
      ? code === 'ENOSPC' || code === 'EDQUOT'
      : isWithin(path, folder) || (syscall === 'mkdir' && isWithin(folder, path));
  if (reason === undefined || !isOurs) return error;
  const message = `Cannot write to the output folder "${folder}": ${reason}. (${error.message})`;
  return new UserError('output.unwritable', message, { cause: error });
}

function isWithin(path: string, folder: string): boolean {
  const [inner, outer] = [resolve(path), resolve(folder)];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
