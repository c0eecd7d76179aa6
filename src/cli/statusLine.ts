import type { Output } from './cliIo.ts';

/** Shows what is going on. */
export interface StatusLine {
  readonly update: (text: string) => void;
  /** Writes text above the line. */
  readonly printAbove: (output: Output, text: string) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

/** Where lines cannot be overwritten, one is printed at most this often. */
const QUIET_MS = 10_000;

/** One line at the bottom of a terminal that is overwritten; in a log file, a line now and then. */
export function statusLine(output: Output, now: () => number = Date.now): StatusLine {
  return output.isTTY === true ? liveLine(output) : occasionalLines(output, now);
}

function liveLine(output: Output): StatusLine {
  let shown = '';
  const draw = (text: string): void => {
    if (text === shown) return;
    output.write(`\r\u001B[2K${text}`);
    shown = text;
  };
  return {
    update: (text) => draw(text.slice(0, (output.columns ?? 80) - 1)),
    printAbove: (above, text) => {
      const before = shown;
      draw('');
      above.write(text);
      draw(before);
    },
    clear: () => draw(''),
  };
}

function occasionalLines(output: Output, now: () => number): StatusLine {
  let last = -Infinity;
  return {
    update: (text) => {
      if (now() - last < QUIET_MS) return;
      last = now();
      output.write(`${text}\n`);
    },
    printAbove: (above, text) => void above.write(text),
    clear: () => undefined,
  };
}
