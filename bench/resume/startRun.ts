import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

/** Compiling takes half the time; what is compared was compiled in the same way. */
const XLA_FLAGS = '--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false';

/** How a command ended. */
export interface EndedRun {
  /** Null when it was killed. */
  code: number | null;
  /** From its start. */
  seconds: number;
  /** All that it printed. */
  output: string;
  /** The last thing that it printed: what it was doing. */
  lastLine: string;
}

/**
 * Starts `nashtune` with these terms in a process of its own and waits for its end.
 *
 * @param killAfter seconds until it gets SIGKILL; default: never
 */
export function startRun(terms: readonly string[], killAfter?: number): Promise<EndedRun> {
  const start = performance.now();
  const env = { XLA_FLAGS, ...process.env };
  const child = spawn(process.execPath, [BIN, ...terms], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), 1000 * killAfter);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const seconds = (performance.now() - start) / 1000;
      resolve({
        code,
        seconds,
        output,
        lastLine: output
          .trim()
          .split(/[\r\n]+/)
          .at(-1)!,
      });
    });
  });
}
