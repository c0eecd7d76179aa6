import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

import { cudaPreload } from './cudaPreload.ts';
import { readElf } from './elf.ts';

export const LIBRARY_FILE = 'libtensorflow_cc.so.2';
export const FRAMEWORK_FILE = 'libtensorflow_framework.so.2';

export type LibraryBuild = 'cpu' | 'gpu';
export type LibrarySource = 'NASHTUNE_TENSORFLOW' | 'python' | 'cache';

/** Where a usable native TensorFlow lies. */
export interface LibraryLocation {
  /** Folder that holds both libraries. */
  folder: string;
  /** Path of `libtensorflow_framework.so.2`, to be loaded first. */
  framework: string;
  /** Path of `libtensorflow_cc.so.2`, which carries the C API. */
  library: string;
  source: LibrarySource;
  /** `gpu` for a CUDA build, whether or not a device is present. */
  build: LibraryBuild;
  /** TensorFlow's version, or null for a folder that does not tell. */
  version: string | null;
  /** CUDA libraries to load before the framework, in this order; empty for a CPU build or a CUDA of the system. */
  preload: string[];
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Our folder below `$XDG_CACHE_HOME` (a relative one is ignored, as its specification says), else below `~/.cache`. */
export function cacheFolder(env: Environment = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  if (base !== undefined && isAbsolute(base)) return join(base, 'nashtune');
  return join(env['HOME'] ?? homedir(), '.cache', 'nashtune');
}

/** What makes a folder unusable, all of it. */
export class UnusableLibrary extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/**
 * Looks at a folder with the two libraries without loading them: both exist, are whole, and are for this processor.
 *
 * @throws {UnusableLibrary} with every problem found
 */
export async function locateLibrary(
  folder: string,
  source: LibrarySource,
  version: string | null,
): Promise<LibraryLocation> {
  const problems: string[] = [];
  const library = join(folder, LIBRARY_FILE);
  const framework = join(folder, FRAMEWORK_FILE);
  const runpath = await checkLibrary(library, problems);
  await checkLibrary(framework, problems);
  if (problems.length > 0) throw new UnusableLibrary(problems);
  // The wheels of the CUDA build look for CUDA beside themselves; nothing else in the file names the build.
  const build = runpath.includes('/nvidia/') ? 'gpu' : 'cpu';
  const preload = build === 'gpu' ? await cudaPreload(dirname(folder)) : [];
  return { folder, framework, library, source, build, version, preload };
}

async function checkLibrary(path: string, problems: string[]): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  if (file === undefined || !file.isFile()) {
    problems.push(`"${path}" does not exist`);
    return '';
  }
  try {
    const { machine, runpath } = await readElf(path);
    if (machine !== process.arch) problems.push(`"${path}" is made for ${machine}, this machine is ${process.arch}`);
    return runpath;
  } catch (error) {
    problems.push(`"${path}" ${error instanceof Error ? error.message : String(error)}`);
    return '';
  }
}
