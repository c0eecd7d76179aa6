import { setImmediate } from 'node:timers/promises';

import type { ReadRow } from '../../../../datasets/index.ts';
import type { Session } from '../../command.ts';

/** How often progress is shown, and an interrupt noticed while rows come without waiting for the disk. */
const BREATH_MS = 100;

/**
 * The rows of a place, at most `limit` of them, with progress where standard error is a terminal.
 *
 * @throws {Error} named AbortError after an interrupt
 */
export async function* placeRows(place: string, session: Session, limit = Infinity): AsyncGenerator<ReadRow> {
  const { readRows } = await import('../../../../datasets/index.ts');
  const signal = session.io.interruptSignal();
  let rows = 0;
  let last = performance.now();
  if (limit < 1) return;
  for await (const row of readRows(place)) {
    yield row;
    if (++rows >= limit) break;
    const now = performance.now();
    if (now - last < BREATH_MS) continue;
    last = now;
    if (session.io.stderr.isTTY === true) session.status.update(`Read ${rows} rows of ${place}`);
    await setImmediate();
    signal.throwIfAborted();
  }
  session.status.clear();
}
