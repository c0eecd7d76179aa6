import { checkDriver, type DriverStatus } from './checkDriver.ts';
import { fetchLibrary, type FetchOptions } from './fetchLibrary.ts';
import { findLibrary } from './findLibrary.ts';
import type { LibraryLocation } from './libraryLocation.ts';
import { progressBar, type ProgressOutput } from './progressBar.ts';

export interface SetupOptions extends FetchOptions {
  /** Print nothing when the library is already there. */
  quiet?: boolean | undefined;
  /** Where progress and messages go. Default stderr. */
  output?: ProgressOutput | undefined;
}

export interface SetupResult {
  location: LibraryLocation;
  /** Whether this call fetched it. */
  fetched: boolean;
  /** With `gpu` only. */
  driver: DriverStatus | null;
}

/**
 * Finds the native TensorFlow or fetches it, and says in a line what it found and where.
 *
 * With `gpu` the CUDA build is asked for, and the driver is looked at. A missing driver is reported, not refused: images
 * for GPU machines are built on machines without one.
 *
 * @throws {UserError} as `findLibrary` and `fetchLibrary`
 */
export async function setup(options: SetupOptions = {}): Promise<SetupResult> {
  const { gpu = false, env, wheels, quiet = false, output = process.stderr } = options;
  const print = (line: string): void => void output.write(`${line}\n`);
  const driver = gpu ? await checkDriver() : null;
  for (const problem of driver?.problems ?? []) print(`Warning: ${problem}`);
  const skipped: string[] = [];
  const onSkip = (reason: string): void => void skipped.push(reason);
  // Without --gpu any build will do.
  const found = await findLibrary({ gpu: gpu ? true : undefined, env, wheels, onSkip });
  if (found !== null) {
    if (!quiet) print(`Using ${describe(found)}.`);
    return { location: found, fetched: false, driver };
  }
  for (const reason of skipped) print(`Not used: ${reason}.`);
  const location = await fetchShowing(options, output, print);
  print(`Fetched ${describe(location)}.`);
  return { location, fetched: true, driver };
}

async function fetchShowing(
  options: SetupOptions,
  output: ProgressOutput,
  print: (line: string) => void,
): Promise<LibraryLocation> {
  const bar = progressBar(output);
  const { onProgress = (progress) => bar.update(progress), onMessage = print } = options;
  try {
    return await fetchLibrary({ ...options, onProgress, onMessage });
  } finally {
    bar.end();
  }
}

function describe({ version, build, folder, preload }: LibraryLocation): string {
  const device = build === 'cpu' ? 'CPU' : preload.length > 0 ? 'CUDA, with its libraries' : 'CUDA';
  return `TensorFlow ${version === null ? '' : `${version} `}(${device}) in ${folder}`;
}
