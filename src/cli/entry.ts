import type { CliIo } from './cliIo.ts';
import { main } from './main.ts';

let interrupt: AbortController | undefined;

function stop(): void {
  if (interrupt === undefined || interrupt.signal.aborted) process.exit(130);
  process.stderr.write('\nStopping after the current step; press again to stop at once.\n');
  interrupt.abort();
}

const io: CliIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  interruptSignal: () => {
    if (interrupt === undefined) {
      interrupt = new AbortController();
      process.on('SIGINT', stop).on('SIGTERM', stop);
    }
    return interrupt.signal;
  },
};

// A reader that has seen enough (`nashtune recipes | head -1`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await main(process.argv.slice(2), io);
// Native threads and idle connections would keep the process alive.
process.stdout.write('', () => process.exit(exitCode));
