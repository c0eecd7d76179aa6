import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { locateLibrary, UnusableLibrary, type LibraryBuild, type LibraryLocation } from './libraryLocation.ts';
import type { WheelPin } from './wheels.ts';

/** Written last into an installed folder; says what must be there. */
export const MANIFEST_FILE = 'manifest.json';

/** A file that we unpacked. */
export interface InstalledFile {
  /** Relative to the installed folder. */
  path: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** Content of `manifest.json`. */
export interface InstallManifest {
  wheel: string;
  version: string;
  files: InstalledFile[];
}

/** Name of the folder in our cache that holds what was unpacked for a pinned wheel, in the layout of site-packages. */
export function installedName(build: LibraryBuild, pin: WheelPin): string {
  return `tensorflow-${pin.version}-${build}-${process.arch}`;
}

/**
 * The library in our cache, checked cheaply: sizes against the manifest, and the headers of the libraries.
 *
 * @returns null when it was never installed
 * @throws {UnusableLibrary} when it is damaged
 */
export async function readInstalled(
  cache: string,
  build: LibraryBuild,
  pin: WheelPin,
): Promise<LibraryLocation | null> {
  const root = join(cache, installedName(build, pin));
  if ((await stat(root).catch(() => undefined)) === undefined) return null;
  const manifest = await readManifest(join(root, MANIFEST_FILE));
  const problems: string[] = [];
  for (const { path, size } of manifest.files) {
    const found = await stat(join(root, path)).catch(() => undefined);
    if (found === undefined) problems.push(`"${join(root, path)}" does not exist`);
    else if (found.size !== size) problems.push(`"${join(root, path)}" has ${found.size} bytes instead of ${size}`);
  }
  if (problems.length > 0) throw new UnusableLibrary(problems);
  return locateLibrary(join(root, 'tensorflow'), 'cache', manifest.version);
}

async function readManifest(path: string): Promise<InstallManifest> {
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as InstallManifest;
    if (manifest.files.length > 0) return manifest;
  } catch {
    // Missing, cut or not ours: reported below alike.
  }
  throw new UnusableLibrary([`"${path}" is missing or damaged`]);
}
