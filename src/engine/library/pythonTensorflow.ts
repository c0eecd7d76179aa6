import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Environment } from './libraryLocation.ts';

/** A TensorFlow that pip or conda has installed. */
interface PythonTensorflow {
  /** Its package folder, which holds the libraries. */
  folder: string;
  version: string;
}

// find_spec locates a top-level package without running its code: importing TensorFlow would take seconds.
const SCRIPT = `
import importlib.metadata, importlib.util, json
spec = importlib.util.find_spec('tensorflow')
folders = list(spec.submodule_search_locations or []) if spec else []
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
found = version('tensorflow') or version('tensorflow-cpu')
if folders and found:
    print('\\n' + json.dumps({'folder': folders[0], 'version': found}))
`;

const TIMEOUT_MS = 10_000;

/**
 * Finds an installed Python `tensorflow` or `tensorflow-cpu` without importing it.
 *
 * @returns null when there is no Python, no TensorFlow, or no answer within 10 s: it is a convenience, never a fault
 */
export async function findPythonTensorflow(env: Environment): Promise<PythonTensorflow | null> {
  for (const python of ['python3', 'python']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', SCRIPT], { env: { ...env }, timeout: TIMEOUT_MS });
      return parseAnswer(stdout);
    } catch {
      continue;
    }
  }
  return null;
}

function parseAnswer(stdout: string): PythonTensorflow | null {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (!line.startsWith('{')) return null;
  const { folder, version } = JSON.parse(line) as Partial<Record<string, unknown>>;
  return typeof folder === 'string' && typeof version === 'string' ? { folder, version } : null;
}
