import { setTimeout as sleep } from 'node:timers/promises';

import { UserError } from '../../base/userError.ts';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
const STALL_MS = 60_000;

/** A fault that another attempt may not meet. */
export class TransientError extends Error {}

/**
 * Sends a GET request and hands the response to `read`, again after a pause when the connection or the server fails.
 *
 * Four attempts without progress end it; `read` reports progress by calling `alive`, which also keeps a silent connection
 * (60 s) from being given up. `headers` is asked before each attempt, so that a transfer can go on where it broke off.
 *
 * @throws {UserError} `engine.download` naming the address and the last fault
 */
export async function fetchPatiently<T>(
  url: string,
  headers: Record<string, string> | (() => Promise<Record<string, string>>),
  read: (response: Response, alive: () => void) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    const abort = new AbortController();
    const watchdog = setTimeout(() => abort.abort(new TransientError(`silent for ${STALL_MS / 1000} s`)), STALL_MS);
    try {
      const response = await fetch(url, {
        headers: { 'accept-encoding': 'identity', ...(typeof headers === 'function' ? await headers() : headers) },
        signal: abort.signal,
      });
      refuseBadStatus(response);
      return await read(response, () => {
        failures = 0;
        watchdog.refresh();
      });
    } catch (error) {
      failures += 1;
      if (!isTransient(error)) throw error;
      if (failures >= ATTEMPTS) throw unreachable(url, error);
      await sleep(FIRST_PAUSE_MS * 2 ** failures);
    } finally {
      clearTimeout(watchdog);
    }
  }
}

function refuseBadStatus(response: Response): void {
  const { status, statusText, url } = response;
  if (response.ok || status === 416) return;
  const message = `answered ${status} ${statusText}`.trim();
  if (status >= 500 || status === 429) throw new TransientError(message);
  throw unreachable(url, new Error(message));
}

// What fetch throws when the connection fails, before or during the body.
function isTransient(error: unknown): error is Error {
  if (error instanceof TransientError) return true;
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated');
}

function unreachable(url: string, error: Error): UserError {
  const cause = error.cause;
  const code = cause instanceof Error && 'code' in cause ? `: ${String(cause.code)}` : '';
  return new UserError(
    'engine.download',
    `Could not download ${url} (${error.message}${code}). Connect to the network and run "nashtune setup" again, or set ` +
      'NASHTUNE_WHEEL_INDEX to a mirror of the Python package index, or NASHTUNE_TENSORFLOW to a folder that holds ' +
      'libtensorflow_cc.so.2 and libtensorflow_framework.so.2.',
    { cause: error },
  );
}
