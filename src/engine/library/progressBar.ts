import type { FetchProgress } from './fetchWheel.ts';

/** The part of `process.stderr` that a progress bar needs. */
export interface ProgressOutput {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
  columns?: number | undefined;
}

export interface ProgressBar {
  update(progress: FetchProgress): void;
  /** Ends the line under way. */
  end(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;
// With the longest name of ours it fits into 80 columns.
const BAR_WIDTH = 16;
const VERBS: Readonly<Record<FetchProgress['phase'], string>> = { download: 'Downloading', unpack: 'Unpacking' };

/**
 * Shows progress on one line of a terminal; elsewhere prints a line at the start of each file and every 10 s.
 *
 * @param now milliseconds, for the rate and the pauses
 */
export function progressBar(output: ProgressOutput = process.stderr, now: () => number = Date.now): ProgressBar {
  const terminal = output.isTTY === true;
  let current = '';
  let started = { time: 0, bytes: 0 };
  let shown = -Infinity;
  let last: FetchProgress | null = null;
  const show = (progress: FetchProgress): void => {
    const seconds = (now() - started.time) / 1000;
    const rate = seconds > 0.5 ? (progress.receivedBytes - started.bytes) / seconds : null;
    const text = describe(progress, rate, terminal ? BAR_WIDTH : 0);
    output.write(terminal ? `\r\u001B[2K${text.slice(0, (output.columns ?? 80) - 1)}` : `${text}\n`);
    shown = now();
    last = null;
  };
  const end = (): void => {
    if (current === '') return;
    if (last !== null) show(last);
    if (terminal) output.write('\n');
    current = '';
  };
  return {
    update(progress) {
      const key = `${progress.phase} ${progress.file}`;
      if (key !== current) {
        end();
        current = key;
        started = { time: now(), bytes: progress.receivedBytes };
        shown = -Infinity;
      }
      last = progress;
      if (now() - shown >= (terminal ? REDRAW_MS : LINE_MS)) show(progress);
    },
    end,
  };
}

function describe(
  { phase, file, receivedBytes, totalBytes }: FetchProgress,
  rate: number | null,
  width: number,
): string {
  const name = file.split('-').slice(0, 2).join(' ');
  const speed = rate === null ? '' : `, ${megabytes(rate)} MB/s`;
  const verb = `${VERBS[phase]} ${name}`;
  if (totalBytes === null) return `${verb}: ${megabytes(receivedBytes)} MB${speed}`;
  const share = Math.min(1, receivedBytes / totalBytes);
  const filled = Math.round(share * width);
  const bar = width > 0 ? `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ` : '';
  return `${verb}: ${bar}${Math.floor(share * 100)}% of ${megabytes(totalBytes)} MB${speed}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
