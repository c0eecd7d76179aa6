import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ScriptResult {
  code: number;
  stdout: string;
  stderr: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs an ES module, whose imports are relative to the repository, in a process of its own. */
export async function runScript(code: string, env: Record<string, string | undefined> = {}): Promise<ScriptResult> {
  const parameters = ['--import', 'tsx', '--input-type=module', '-e', code];
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env }, timeout: 60_000 };
    execFile(process.execPath, parameters, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}
