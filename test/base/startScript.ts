import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { onTestFinished } from 'vitest';

/** A Node process that runs a script of a test; killed with the test if it still runs. */
export interface StartedScript {
  readonly pid: number;
  /** The next line on stdout; fails with stderr when the script ends first. */
  line(): Promise<string>;
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Waits for the end: exit code (null after a signal) and all of stderr. */
  end(): Promise<{ code: number | null; stderr: string }>;
}

/**
 * Starts `code`, an ES module whose imports are relative to the repository, in a real process of its own; it finds
 * `args` in `process.argv` from index 1 on.
 */
export function startScript(code: string, args: readonly string[], options: { uid?: number } = {}): StartedScript {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const parameters = ['--import', 'tsx', '--input-type=module', '-e', code, ...args];
  const child = spawn(process.execPath, parameters, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error(`The script ended early: ${stderr}`);
      return next.value;
    },
    kill: async (signal) => {
      child.kill(signal);
      await closed;
    },
    end: async () => {
      await closed;
      return { code: child.exitCode, stderr };
    },
  };
}
