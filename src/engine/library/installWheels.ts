import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { fsyncPath, replaceAtomic } from '../../base/writeFileAtomic.ts';
import { isCudaFile } from './cudaLibraries.ts';
import type { FetchProgress } from './fetchWheel.ts';
import { MANIFEST_FILE, type InstalledFile, type InstallManifest } from './installedLibrary.ts';
import { FRAMEWORK_FILE, LIBRARY_FILE } from './libraryLocation.ts';
import type { WheelPin } from './wheels.ts';
import { extractZipEntry, readZipEntries, type ZipEntry } from './zip.ts';

const LIBRARIES = [`tensorflow/${LIBRARY_FILE}`, `tensorflow/${FRAMEWORK_FILE}`];
const WANTED = new Set([...LIBRARIES, 'tensorflow/THIRD_PARTY_NOTICES.txt', 'tensorflow/include/LICENSE']);

interface Piece {
  wheel: string;
  entry: ZipEntry;
}

/**
 * Unpacks TensorFlow's two libraries, their notices, and what is needed of the CUDA wheels, into a folder that appears
 * whole or not at all. Paths inside it are those of the wheels: the libraries find each other by them.
 *
 * @param wheels first the TensorFlow wheel, then CUDA's
 * @param folder must not exist
 * @throws {UserError} `engine.library` when a wheel is damaged or lacks a library
 */
export async function installWheels(
  pin: WheelPin,
  wheels: string[],
  folder: string,
  onProgress: (progress: FetchProgress) => void,
): Promise<void> {
  const pieces = await choosePieces(wheels);
  await replaceAtomic(folder, async (temporary) => {
    const files: InstalledFile[] = [];
    const totals = new Map<string, number>();
    for (const { wheel, entry } of pieces) totals.set(wheel, (totals.get(wheel) ?? 0) + entry.size);
    const done = new Map<string, number>();
    for (const { wheel, entry } of pieces) {
      const onBytes = (count: number): void => {
        const receivedBytes = (done.get(wheel) ?? 0) + count;
        done.set(wheel, receivedBytes);
        onProgress({ phase: 'unpack', file: basename(wheel), receivedBytes, totalBytes: totals.get(wheel) ?? null });
      };
      const sha256 = await damaged(wheel, extractZipEntry(wheel, entry, join(temporary, entry.name), onBytes));
      files.push({ path: entry.name, size: entry.size, sha256 });
    }
    const manifest: InstallManifest = { wheel: pin.fileName, version: pin.version, files };
    await writeFile(join(temporary, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    await fsyncPath(join(temporary, 'tensorflow'));
  });
}

async function choosePieces(wheels: string[]): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const [i, wheel] of wheels.entries()) {
    const entries = await damaged(wheel, readZipEntries(wheel));
    const chosen = entries.filter(({ name, size }) => size > 0 && (i === 0 ? WANTED.has(name) : isCudaFile(name)));
    pieces.push(...chosen.map((entry) => ({ wheel, entry })));
  }
  const missing = LIBRARIES.filter((name) => !pieces.some(({ entry }) => entry.name === name));
  if (missing.length === 0) return pieces;
  throw new UserError(
    'engine.library',
    `${basename(wheels[0] ?? '')}: expected ${LIBRARIES.join(' and ')} in it, missing: ${missing.join(', ')}.`,
  );
}

/**
 * The checksum held, so a wheel that cannot be read was broken when it was made. It goes, or it would be met again.
 */
async function damaged<T>(wheel: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error) || 'syscall' in error) throw error; // the disk's fault, not the wheel's
    await rm(wheel, { force: true });
    throw new UserError(
      'engine.library',
      `${basename(wheel)} cannot be unpacked and was deleted: ${error.message}. Run "nashtune setup" again; if it stays ` +
        'so, set NASHTUNE_WHEEL_INDEX to another package index.',
      { cause: error },
    );
  }
}
