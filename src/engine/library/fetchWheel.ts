import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { checksumOf, verifyChecksum, type Checksum } from '../../base/checksum.ts';
import { downloadFile } from '../../base/downloadFile.ts';
import { UserError } from '../../base/userError.ts';
import { explainDownload } from './explainDownload.ts';
import { findIndexFile, resolveRequirement, type IndexFile } from './packageIndex.ts';
import { pipDownload, type Pip } from './pip.ts';
import { satisfies, type Requirement } from './requirements.ts';
import { DEFAULT_WHEEL_INDEX, type WheelPin } from './wheels.ts';

/** How far one file has come. */
export interface FetchProgress {
  phase: 'download' | 'unpack';
  /** Name of the wheel. */
  file: string;
  /** Downloaded or unpacked so far. */
  receivedBytes: number;
  /** null while unknown. */
  totalBytes: number | null;
}

/** Where wheels come from and go to. */
export interface WheelSource {
  /** Folder for wheels and parts of wheels. */
  downloads: string;
  /** In the naming of wheels: `x86_64` or `aarch64`. */
  machine: string;
  /** Base address of a package index, or null for the default one. */
  index: string | null;
  /** Tried first; null when there is none, or when an index was chosen. */
  pip: Pip | null;
  onProgress: (progress: FetchProgress) => void;
}

/**
 * Downloads the pinned wheel, or finds it whole from an earlier attempt.
 *
 * @returns path of the verified wheel
 * @throws {UserError} `engine.download` or `engine.checksum`
 */
export async function fetchPinnedWheel(pin: WheelPin, source: WheelSource): Promise<string> {
  const path = join(source.downloads, pin.fileName);
  if ((await exists(path)) && (await checksumOf(path, 'sha256')) === pin.sha256) return path;
  const fromPip = await tryPip(`${pin.project}==${pin.version}`, pin.fileName, pin.size, source);
  if (fromPip.path !== null) {
    await explainDownload(verifyChecksum(fromPip.path, sha256(pin.sha256), `pip (${pin.fileName})`));
    return fromPip.path;
  }
  return explainPip(fromPip.fault, async () => {
    const file = await findIndexFile(source.index ?? DEFAULT_WHEEL_INDEX, pin.project, pin.fileName);
    return downloadTo(path, { ...file, sha256: pin.sha256, size: pin.size }, source);
  });
}

/** Downloads the newest wheel that meets a requirement; otherwise as `fetchPinnedWheel`. */
export async function fetchRequiredWheel(requirement: Requirement, source: WheelSource): Promise<string> {
  const { project, specifier } = requirement;
  if (source.pip !== null) {
    // Only pip's own, verified downloads appear here under their final names.
    const earlier = (await readdir(source.downloads)).find((file) => meets(file, requirement));
    if (earlier !== undefined) return join(source.downloads, earlier);
  }
  const fromPip = await tryPip(`${project}${specifier}`, project, null, source);
  if (fromPip.path !== null) return fromPip.path;
  return explainPip(fromPip.fault, async () => {
    const index = source.index ?? DEFAULT_WHEEL_INDEX;
    const file = await resolveRequirement(index, requirement, source.machine);
    const path = join(source.downloads, file.fileName);
    if ((await exists(path)) && (await checksumOf(path, 'sha256')) === file.sha256) return path;
    return downloadTo(path, file, source);
  });
}

async function downloadTo(path: string, file: IndexFile, { onProgress }: WheelSource): Promise<string> {
  if (file.sha256 === null) {
    throw new UserError(
      'engine.checksum',
      `The package index gives no SHA-256 for ${file.fileName}, so it cannot be checked. ` +
        'Set NASHTUNE_WHEEL_INDEX to an index that does, such as https://pypi.org/simple.',
    );
  }
  const onBytes = (receivedBytes: number, totalBytes: number | null): void =>
    onProgress({ phase: 'download', file: file.fileName, receivedBytes, totalBytes });
  await explainDownload(downloadFile({ url: file.url, path, checksum: sha256(file.sha256), size: file.size, onBytes }));
  return path;
}

interface PipResult {
  path: string | null;
  fault: Error | null;
}

/** pip may be too old, broken or offline while the index is reachable, so its failure is not the end. */
async function tryPip(
  requirement: string,
  file: string,
  totalBytes: number | null,
  { pip, machine, downloads, onProgress }: WheelSource,
): Promise<PipResult> {
  if (pip === null) return { path: null, fault: null };
  const onBytes = (receivedBytes: number): void => onProgress({ phase: 'download', file, receivedBytes, totalBytes });
  try {
    return { path: await pipDownload(pip, requirement, machine, downloads, onBytes), fault: null };
  } catch (error) {
    return { path: null, fault: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function explainPip<T>(fault: Error | null, fallback: () => Promise<T>): Promise<T> {
  try {
    return await fallback();
  } catch (error) {
    if (fault === null || !(error instanceof UserError)) throw error;
    throw new UserError(error.code, `${error.message}\nBefore that, ${fault.message}`, { cause: error });
  }
}

function meets(fileName: string, { project, specifier }: Requirement): boolean {
  const [name, version = ''] = fileName.split('-');
  return fileName.endsWith('.whl') && name === project.replaceAll('-', '_') && satisfies(version, specifier);
}

function sha256(hex: string): Checksum {
  return { algorithm: 'sha256', hex };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
