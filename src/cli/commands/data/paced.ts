import { setImmediate } from 'node:timers/promises';

import type { Session } from '../../command.ts';

/** How often progress is shown, and an interrupt noticed while rows come without waiting for the disk. */
const BREATH_MS = 100;

/**
 * Hands rows on, with progress where standard error is a terminal.
 *
 * @throws {Error} named AbortError after an interrupt
 */
export async function* paced<T>(rows: AsyncIterable<T>, session: Session): AsyncGenerator<T> {
  const signal = session.io.interruptSignal();
  let count = 0;
  let last = performance.now();
  for await (const row of rows) {
    signal.throwIfAborted();
    yield row;
    count++;
    const now = performance.now();
    if (now - last < BREATH_MS) continue;
    last = now;
    if (session.io.stderr.isTTY === true) session.status.update(`${count} rows`);
    await setImmediate();
  }
  session.status.clear();
}
