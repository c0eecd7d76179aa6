import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

/** The log of a run: plain lines with times. */
export interface RunLog {
  /** Adds a line. */
  line(text: string): void;
  /** Adds what is going on, at most every ten seconds. */
  now(text: string): void;
}

const QUIET_MS = 10_000;

/**
 * The log of the run in a folder, at `<folder>.log`. It begins once the folder holds a run, so that one that is refused leaves
 * nothing behind. A log that cannot be written is given up without a word: the run matters more.
 */
export function runLog(folder: string, now: () => number = Date.now): RunLog {
  const path = `${folder}.log`;
  let waiting: string[] = [];
  let last = -Infinity;
  let hasRun = false;
  let isLost = false;
  const line = (text: string): void => {
    waiting.push(`${new Date(now()).toISOString()} ${text}\n`);
    hasRun ||= existsSync(join(folder, 'run.json'));
    if (!hasRun || isLost) return;
    try {
      appendFileSync(path, waiting.join(''));
    } catch {
      isLost = true;
    }
    waiting = [];
  };
  return {
    line,
    now: (text) => {
      if (now() - last < QUIET_MS) return;
      last = now();
      line(text);
    },
  };
}
