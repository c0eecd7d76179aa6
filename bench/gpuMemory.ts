import { spawn } from 'node:child_process';

/** Milliseconds between two looks: short against a step's compilation, long against what a look costs. */
const INTERVAL = 100;

/**
 * Watches how much of the GPUs' memory is taken, by whatever runs on them.
 *
 * @returns ends the watch, and gives the most that was taken since its start beyond what was taken then, in megabytes of
 *   10^6 bytes; undefined where nvidia-smi is not there
 */
export function watchGpuMemory(): () => number | undefined {
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', `--loop-ms=${INTERVAL}`];
  const watch = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'] });
  const looks: number[] = [];
  watch.on('error', () => undefined);
  watch.stdout.setEncoding('utf8');
  watch.stdout.on('data', (text: string) => looks.push(...text.split('\n').filter(Boolean).map(Number)));
  return () => {
    watch.kill();
    if (looks.length === 0) return undefined;
    return ((Math.max(...looks) - looks[0]!) * 2 ** 20) / 1e6;
  };
}
