import { UserError } from '../../base/userError.ts';
import { readInstalled } from './installedLibrary.ts';
import {
  cacheFolder,
  locateLibrary,
  UnusableLibrary,
  type Environment,
  type LibraryBuild,
  type LibraryLocation,
} from './libraryLocation.ts';
import { unsupportedPlatform } from './platform.ts';
import { findPythonTensorflow } from './pythonTensorflow.ts';
import { wheelPins, type WheelPins } from './wheels.ts';

export interface FindOptions {
  /**
   * true: only a CUDA build with its CUDA libraries. false: a CPU build, else any. Undefined: a CUDA build that is ready
   * to use, else any.
   */
  gpu?: boolean | undefined;
  env?: Environment | undefined;
  /** What our cache may hold. */
  wheels?: WheelPins | undefined;
  /** Told why a candidate was passed over, one sentence each. */
  onSkip?: ((reason: string) => void) | undefined;
}

// The graph executor's flags and the ops we record are tested on this release; another one is for the user to choose.
const KNOWN_VERSION = /^2\.21\./;

/**
 * Finds a native TensorFlow: the folder `NASHTUNE_TENSORFLOW`, an installed Python `tensorflow`, our cache.
 *
 * @returns null when there is none; `onSkip` has then been told why
 * @throws {UserError} `engine.library` when `NASHTUNE_TENSORFLOW` is set and does not hold what is asked for
 */
export async function findLibrary(options: FindOptions = {}): Promise<LibraryLocation | null> {
  const { gpu, env = process.env, wheels = wheelPins(), onSkip = () => undefined } = options;
  const folder = env['NASHTUNE_TENSORFLOW'];
  if (folder !== undefined && folder !== '') return locateChosen(folder, gpu === true);
  const reason = await unsupportedPlatform();
  if (reason !== null) {
    onSkip(reason);
    return null;
  }
  let fallback: LibraryLocation | null = null;
  for (const candidate of [
    () => fromPython(env),
    () => fromCache(env, 'gpu', wheels),
    () => fromCache(env, 'cpu', wheels),
  ]) {
    const found = await candidate().catch((error: unknown) => {
      if (!(error instanceof UnusableLibrary)) throw error;
      onSkip(error.message);
      return null;
    });
    if (found === null) continue;
    if (isWanted(found, gpu)) return found;
    if (gpu === true) onSkip(`"${found.folder}" holds no CUDA build with its CUDA libraries`);
    else fallback ??= found;
  }
  return fallback;
}

function isWanted(found: LibraryLocation, gpu: boolean | undefined): boolean {
  return gpu === false ? found.build === 'cpu' : found.build === 'gpu' && found.preload.length > 0;
}

async function locateChosen(folder: string, gpu: boolean): Promise<LibraryLocation> {
  const where = `NASHTUNE_TENSORFLOW="${folder}"`;
  const fix =
    'Set it to the folder "tensorflow" of an installed or unpacked TensorFlow wheel, ' +
    'or unset it so that nashtune finds or fetches the library itself.';
  try {
    const found = await locateLibrary(folder, 'NASHTUNE_TENSORFLOW', null);
    // A CUDA build without wheels beside it is accepted here: the user may have installed CUDA in the system.
    if (gpu && found.build === 'cpu') {
      throw new UserError('engine.library', `${where}: expected a CUDA build, found a CPU build. ${fix}`);
    }
    return found;
  } catch (error) {
    if (!(error instanceof UnusableLibrary)) throw error;
    const problems = error.problems.map((problem) => `\n  - ${problem}`).join('');
    throw new UserError('engine.library', `${where} is not usable:${problems}\n${fix}`, { cause: error });
  }
}

async function fromPython(env: Environment): Promise<LibraryLocation | null> {
  const installed = await findPythonTensorflow(env);
  if (installed === null) return null;
  if (!KNOWN_VERSION.test(installed.version)) {
    throw new UnusableLibrary([
      `Python's TensorFlow ${installed.version} in "${installed.folder}" is not a release that nashtune is tested with ` +
        '(2.21); to use it all the same, set NASHTUNE_TENSORFLOW to that folder',
    ]);
  }
  return locateLibrary(installed.folder, 'python', installed.version);
}

async function fromCache(env: Environment, build: LibraryBuild, wheels: WheelPins): Promise<LibraryLocation | null> {
  const pin = wheels[build];
  return pin === undefined ? null : readInstalled(cacheFolder(env), build, pin);
}
