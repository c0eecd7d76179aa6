import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { waitForFolder } from '../../base/waitForFolder.ts';
import { TEMPORARY_NAME } from '../../base/writeFileAtomic.ts';
import { CUDA_DOWNLOAD_BYTES, CUDA_UNPACKED_BYTES, fetchCudaWheels } from './cudaLibraries.ts';
import { freeDiskBytes, requireDiskSpace } from './diskSpace.ts';
import { fetchPinnedWheel, type FetchProgress, type WheelSource } from './fetchWheel.ts';
import { installedName, readInstalled } from './installedLibrary.ts';
import { installWheels } from './installWheels.ts';
import {
  cacheFolder,
  UnusableLibrary,
  type Environment,
  type LibraryBuild,
  type LibraryLocation,
} from './libraryLocation.ts';
import { findPip } from './pip.ts';
import { unsupportedPlatform } from './platform.ts';
import { chosenIndex, wheelPins, type WheelPin, type WheelPins } from './wheels.ts';

export interface FetchOptions {
  /** Fetch the CUDA build with its CUDA libraries. Default false. */
  gpu?: boolean | undefined;
  env?: Environment | undefined;
  wheels?: WheelPins | undefined;
  /** Base address of a package index; pip is then not asked. Default: `NASHTUNE_WHEEL_INDEX`, else pip, else PyPI. */
  index?: string | undefined;
  /** Free bytes on the disk of a folder. */
  freeBytes?: ((folder: string) => Promise<number>) | undefined;
  onProgress?: ((progress: FetchProgress) => void) | undefined;
  /** Told once when another process is fetching and has to be waited for. */
  onMessage?: ((message: string) => void) | undefined;
}

const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const SPARE_BYTES = 50_000_000;

/**
 * Fetches the pinned TensorFlow wheel into our cache, checks it and unpacks its libraries; returns at once when that has
 * been done. A broken download goes on where it stopped; the libraries appear whole or not at all; of several processes
 * one fetches and the others wait for it.
 *
 * @throws {UserError} `engine.platform`, `engine.download`, `engine.checksum`, `engine.diskSpace` or `engine.library`
 */
export async function fetchLibrary(options: FetchOptions = {}): Promise<LibraryLocation> {
  const { gpu = false, env = process.env, wheels = wheelPins(), onMessage = () => undefined } = options;
  const build: LibraryBuild = gpu ? 'gpu' : 'cpu';
  const pin = await requirePin(build, wheels);
  const cache = cacheFolder(env);
  await makeFolder(cache);
  const lock = await waitForFolder(cache, (holder) =>
    onMessage(`Another process is fetching TensorFlow's library; waiting for it. (${holder})`),
  );
  try {
    const installed = await readOrDiscard(cache, build, pin);
    if (installed !== null) return installed;
    await removeLeftovers(cache);
    await fetchAndInstall(cache, build, pin, options);
    const location = await readInstalled(cache, build, pin);
    if (location !== null) return location;
    throw new Error(`${join(cache, installedName(build, pin))} vanished while it was being installed`);
  } catch (error) {
    throw explain(error, cache, pin);
  } finally {
    await lock.release();
  }
}

function explain(error: unknown, cache: string, pin: WheelPin): unknown {
  if (error instanceof UnusableLibrary) {
    const message = `The wheel ${pin.fileName} holds no usable library: ${error.message}.`;
    return new UserError('engine.library', message, { cause: error });
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    const fix = 'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk; then run "nashtune setup" again.';
    return new UserError('engine.diskSpace', `Folder "${cache}": the disk is full. ${fix}`, { cause: error });
  }
  return error;
}

async function requirePin(build: LibraryBuild, wheels: WheelPins): Promise<WheelPin> {
  const fix =
    'Set NASHTUNE_NATIVE=off to run on the slower WebAssembly backend, or use Linux with glibc on an x64 or arm64 processor.';
  const reason = await unsupportedPlatform();
  if (reason !== null) throw new UserError('engine.platform', `${reason}. ${fix}`);
  const pin = wheels[build];
  if (pin !== undefined) return pin;
  throw new UserError(
    'engine.platform',
    `No TensorFlow wheel with CUDA is published for ${process.arch}. Run "nashtune setup" without --gpu, or set ` +
      'NASHTUNE_TENSORFLOW to the folder of a CUDA build of your own.',
  );
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'engine.library',
      `Cannot write to the cache folder "${folder}" (${reason}). Set XDG_CACHE_HOME to a folder that you can write to.`,
      { cause: error },
    );
  }
}

/** A damaged library is removed, to be fetched again. */
async function readOrDiscard(cache: string, build: LibraryBuild, pin: WheelPin): Promise<LibraryLocation | null> {
  try {
    return await readInstalled(cache, build, pin);
  } catch (error) {
    if (!(error instanceof UnusableLibrary)) throw error;
    await rm(join(cache, installedName(build, pin)), { recursive: true, force: true });
    return null;
  }
}

/** What a killed process left: half-unpacked folders and pip's scratch. Parts of wheels stay, to be continued. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const folder of [cache, downloadsFolder(cache)]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const dead = TEMPORARY_NAME.test(name) || name.startsWith('.pip-');
      if (dead) await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

async function fetchAndInstall(
  cache: string,
  build: LibraryBuild,
  pin: WheelPin,
  { env = process.env, index, freeBytes = freeDiskBytes, onProgress = () => undefined }: FetchOptions,
): Promise<void> {
  const downloads = downloadsFolder(cache);
  await makeFolder(downloads);
  const cuda = build === 'gpu' ? CUDA_DOWNLOAD_BYTES + CUDA_UNPACKED_BYTES : 0;
  const needed = pin.size + pin.unpackedSize + cuda + SPARE_BYTES - (await folderBytes(downloads));
  requireDiskSpace(cache, needed, await freeBytes(cache));

  const chosen = chosenIndex(index, env['NASHTUNE_WHEEL_INDEX']);
  const source: WheelSource = {
    downloads,
    machine: MACHINES[process.arch] ?? process.arch,
    index: chosen,
    pip: chosen === null ? await findPip(env) : null,
    onProgress,
  };
  const wheel = await fetchPinnedWheel(pin, source);
  const wheels = [wheel, ...(build === 'gpu' ? await fetchCudaWheels(wheel, source) : [])];
  await installWheels(pin, wheels, join(cache, installedName(build, pin)), onProgress);
  for (const path of wheels) await rm(path, { force: true });
  await removeIfEmpty(downloads);
}

function downloadsFolder(cache: string): string {
  return join(cache, 'downloads');
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}

async function removeIfEmpty(folder: string): Promise<void> {
  // Parts of other wheels may lie in it.
  if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
}
